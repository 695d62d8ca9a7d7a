"""`demo`: a month end of spend through everything, on simulated peers, then the proof."""
