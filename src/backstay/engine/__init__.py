"""From URLs to states, from two states to a plan, from a plan to a changed database."""
