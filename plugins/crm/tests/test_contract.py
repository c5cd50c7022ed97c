"""Contract: every action of the CRM keeps what every plugin promises."""

from eyeot.testing import contract
from eyeot_crm import plugin
from plugins.crm.tests.registers import ANSWERS

test_contract = contract(plugin, ANSWERS)
