"""The rules of one cohort: the course, its enrolments, and what they mean for engagements."""

from lifecycle.account import advance
from lifecycle.cohort.facts import RULES
from lifecycle.cohort.orders import Order, orders
from lifecycle.cohort.plan import due, plan, upcoming
from lifecycle.cohort.rows import notices, rows, standing
from lifecycle.cohort.state import State, assess, fold

lines = rows
"""A cohort has few rows; what they say are the rows themselves."""

__all__ = [
    "RULES",
    "Order",
    "State",
    "advance",
    "assess",
    "due",
    "fold",
    "lines",
    "notices",
    "orders",
    "plan",
    "rows",
    "standing",
    "upcoming",
]
