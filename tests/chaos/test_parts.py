"""What the kit takes away is there to be taken."""

import ast
import inspect

import pytest

from tests.chaos.without import messages, peers, posting, storing


@pytest.mark.short
@pytest.mark.parametrize(
    "module", [messages, peers, posting, storing], ids=lambda one: one.__name__
)
def test_a_part_that_is_replaced_is_one_that_the_product_has(module) -> None:
    replaced = [
        target
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
    ]
    assert replaced
    for target in replaced:
        assert isinstance(target.value, ast.Name)
        owner = getattr(module, target.value.id)
        assert hasattr(owner, target.attr), f"{target.value.id}.{target.attr}"
