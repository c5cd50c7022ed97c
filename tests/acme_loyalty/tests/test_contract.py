"""Contract: every action of the loyalty plugin keeps what Eyeot promises of all."""

from acme_loyalty import plugin
from eyeot.testing import contract

test_contract = contract(plugin)
