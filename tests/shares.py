"""Shares of what was counted, with how sure one may be of them."""

import math

Z = 1.959964


def wilson(hits, total):
    """The interval of 95 % of a share, as (low, high)."""
    if total == 0:
        return 0.0, 1.0
    share, square = hits / total, Z * Z / total
    middle = share + square / 2
    reach = Z * math.sqrt(share * (1 - share) / total + square / (4 * total))
    low = 0.0 if hits == 0 else (middle - reach) / (1 + square)
    high = 1.0 if hits == total else (middle + reach) / (1 + square)
    return low, high
