"""Contract: the core's own actions keep what every plugin promises."""

from core.tests.outside.yousign import nobody
from eyeot.platform import plugin
from eyeot.testing import contract

test_contract = contract(plugin, {"yousign": nobody})
