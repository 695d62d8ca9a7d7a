"""The M3 API programs, one module each; `registry` names them all."""
