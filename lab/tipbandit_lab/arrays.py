"""The arrays of the fast runner, users last.

U users decide at the same time. Whatever there is one of for each user has shape (U,), for each of a user's K
candidates (K, U), for each of D features (D, U): arithmetic runs over the users, who lie side by side in memory.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
