"""How far an adversary's rewards can move one user's policy: a bound, and why it holds.

Let A = lambda*I + sum x x', b = sum r x and theta = A^-1 b be what the honest rewards taught, w(x) = sqrt(x' A^-1 x)
the width of its confidence, and |z|_A = sqrt(z' A z). An adversary adds m rewards s_j in [-1, 1] for features y_j in
[-1, 1]^D, the rows of Y. The weights become theta_p = (A + Y'Y)^-1 (b + Y's).

**Claim.** With P = max |y'theta| and v = max w(y)^2 over that box, sigma^2 = m*v, and g = sigma/(1 + sigma^2), but 1/2
where sigma > 1::

    |theta_p - theta|_A <= B = g * sqrt(m) * (1 + P),  so  |x'theta_p - x'theta| <= w(x) * B  for every x
    and |theta_p - theta| <= B / sqrt(smallest eigenvalue of A) <= B / sqrt(lambda).

**Proof.** b = A theta, so theta_p - theta = (A + Y'Y)^-1 Y'e with e = s - Y theta, |e| <= sqrt(m) * (1 + P). With
K = Y A^-1/2 that is A^-1/2 K'(I + K K')^-1 e: its A-norm is at most |e| times the largest k/(1 + k^2) over the singular
values k of K. The largest k^2 is at most the trace of K K', which is sum w(y_j)^2 <= m*v = sigma^2; and k/(1 + k^2)
rises up to 1/2 at k = 1 and falls beyond, so none is above g. The rest is Cauchy and Schwarz's: |x'z| <= w(x) * |z|_A.

It can be attained: by m times one y with m * w(y)^2 = 1 and |y'theta| = P. B grows as m while m*v < 1, as sqrt(m) from
there on, and v shrinks as honest rewards come in.

**Decisions.** The score is x'theta + alpha*w(x). Poison narrows widths, at most by the factor 1/sqrt(1 + sigma^2), as
A + Y'Y <= (1 + sigma^2) A, and widens none. So tip k can pass the best tip only where::

    score(best) - score(k) <= |x_best - x_k|_(A^-1) * B + alpha * w(x_best) * (1 - 1/sqrt(1 + sigma^2)).
"""

from dataclasses import dataclass

import numpy as np

from tipbandit.policies.policy import Policy
from tipbandit.policies.ridge import Array, State, estimate


@dataclass(frozen=True)
class Bound:
    """What ``m`` rewards can do to what a policy has learned about one user.

    Attributes:
        inverse: A^-1, shape (D, D).
        theta: the honest weights, shape (D,).
        m: how many rewards the adversary has.
    """

    inverse: Array
    theta: Array
    m: int

    @classmethod
    def of(cls, policy: Policy, state: State, m: int) -> "Bound":
        """Return the bound for a state that only honest rewards taught."""
        made = estimate(state, policy.ridge_lambda)
        return cls(made.inverse, made.theta, m)

    @property
    def sigma_squared(self) -> float:
        """m*v; v is at most the sum of |A^-1|, which the signs of a corner of the box can at best make of it."""
        return float(self.m * np.abs(self.inverse).sum())

    @property
    def shift(self) -> float:
        """B; P is the sum of |theta|, which a corner of the box attains."""
        sigma = self.sigma_squared**0.5
        g = sigma / (1 + sigma**2) if sigma <= 1 else 0.5
        return float(g * self.m**0.5 * (1 + np.abs(self.theta).sum()))

    def width(self, x: Array) -> Array:
        """Return w of each row."""
        width: Array = np.sqrt(np.vecdot(x @ self.inverse, x))
        return width

    def can_change(self, x: Array, scores: Array, alpha: float) -> bool:
        """Tell whether another of the candidates ``x``, shape (K, D), may become the best."""
        best = int(scores.argmax())
        others = np.arange(len(x)) != best
        narrowing = alpha * self.width(x)[best] * (1 - 1 / np.sqrt(1 + self.sigma_squared))
        reach = self.width(x[best] - x[others]) * self.shift + narrowing
        return bool((scores[best] - scores[others] <= reach).any())
