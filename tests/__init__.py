"""The tests, in the order of the house: tests/needs holds what proves src/unmet/needs, and so on."""
