"""Contract: every action of sales keeps what every plugin promises."""

from core.tests.outside.yousign import nobody
from eyeot.testing import contract
from eyeot_sales import plugin
from plugins.sales.tests.bank import answer

test_contract = contract(plugin, {"ecb": answer, "yousign": nobody})
