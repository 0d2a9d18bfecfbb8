# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What exploration costs, and what it buys
#
# A policy that explores shows tips which it does not believe to be the best. That costs reward, and buys two things:
# what the policy learns for itself, and a log from which *other* policies can be evaluated. This page measures all
# three, in the simulator (`docs/simulation.md`), for the three knobs a policy here has:
#
# - **epsilon**: the probability of a uniformly random tip;
# - **alpha** (LinUCB): how much an uncertain tip is preferred, in widths of its confidence interval;
# - **gamma** (SquareCB): after *n* rewards a tip is shown the less often the more it falls behind the best,
#   1/(K + g sqrt(n) gap): the larger g, the greedier.
#
# The sizes are small, so that the page runs in half a minute: read differences of less than two standard errors as
# nothing. `personas`, `seeds` and `setting` below are what to change for an answer that is to be relied on.

# %%
import math
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import altair as alt
import numpy as np

from tipbandit.features.schema import BASE
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.plan import Plan
from tipbandit_lab.results import load
from tipbandit_lab.runs import run
from tipbandit_lab.summary import EVERYBODY, Line, lines
from tipbandit_lab.world import Setting

alt.renderers.enable("svg")  # drawn here, so that a page shows it without a network
home = TemporaryDirectory(prefix="tipbandit-notebook-")
root = Path(home.name)

personas = ("deadline_driven", "night_owl", "newcomer")
seeds = range(3)
setting = Setting(users=48, days=12, moments_a_day=4, candidates=5)

# %% [markdown]
# ## Policies to try
#
# Policies of any parameters can play: they are put into the registry for as long as this page runs. All learn by the
# same ridge regression from the same features; they differ in how they explore and in nothing else.

# %%
plain = Policy(key="plain/v1", feature_set=BASE, epsilon=0.0)
epsilons = {
    value: replace(plain, key=f"epsilon-{value:g}/v1", epsilon=value) for value in (0.0, 0.02, 0.1, 0.2, 0.5, 1.0)
}
alphas = {value: replace(plain, key=f"alpha-{value:g}/v1", alpha=value) for value in (0.1, 0.5, 1.0, 2.0)}
gammas = {value: replace(plain, key=f"gamma-{value:g}/v1", square_gamma=value) for value in (1.0, 3.0, 10.0, 100.0)}
trials = {policy.key: policy for each in (epsilons, alphas, gammas) for policy in each.values()}
POLICIES.update(trials)

# %% [markdown]
# ## What it costs and buys the policy itself
#
# Everyone meets the same users, tips and luck, so differences are those of the policies. The value is the expected
# reward of what was shown (known in closed form), a mean over all days of a user who begins from nothing. Errors are
# those of the distance to the oracle, which met the same worlds: what worlds have in common is no uncertainty here.

# %%
plan = Plan.named((*trials, "random", "oracle"), personas, seeds=seeds, setting=setting)
run(plan, root / "run")
simulated = load(root / "run")
found: dict[str, Line] = {line.player: line for line in lines(simulated) if line.persona == EVERYBODY}
{name: str(found[name].expected) for name in ("random", "epsilon-0/v1", "epsilon-0.1/v1", "alpha-0.5/v1", "oracle")}

# %%
knobs = {"epsilon": epsilons, "alpha": alphas, "g of gamma": gammas}
rows = []
for knob, tried in knobs.items():
    for value, policy in tried.items():
        line = found[policy.key]
        reward, error = line.expected.mean, line.regret.error if line.regret else math.nan
        bounds = {"low": reward - 2 * error, "high": reward + 2 * error}
        rows.append({"knob": knob, "value": value, "reward": reward, "explored": line.explored, **bounds})
base = alt.Chart(width=200, height=200).encode(alt.X("value:Q").scale(type="symlog", constant=0.05).title(None))
bars = base.mark_rule(opacity=0.4).encode(
    alt.Y("low:Q").title("expected reward, ± 2 standard errors").scale(zero=False), alt.Y2("high:Q")
)
curve = base.mark_line(point=True).encode(alt.Y("reward:Q"))
alt.layer(bars, curve, data=alt.InlineData(rows)).facet(alt.Column("knob:N").title(None)).resolve_scale(x="independent")

# %% [markdown]
# - **epsilon** costs what it says: each hundredth of it replaces a hundredth of the decisions by random ones, and the
#   line falls from the greedy end to `random` in proportion. What it teaches is hard to see, as tips are drawn anew at
#   each moment: even a greedy policy meets all kinds of features.
# - **alpha** explores where it is uncertain and stops by itself. In the middle of its range it comes out above the
#   greedy policy, so exploration may pay for itself; by how much, three seeds do not say (the plot by day has it ahead
#   from the first day on).
# - **gamma**: in so few decisions of a user a small g stays close to random, and a large one comes close to greedy from
#   below. What SquareCB is proven to do, it does in the long run.
#
# The same as a trade: how much of the oracle's lead over chance each policy earns, against the share of decisions that
# only exploration can have made.

# %%
chance, best = found["random"].expected.mean, found["oracle"].expected.mean
for row in rows:
    row["earned"] = (row["reward"] - chance) / (best - chance)
alt.Chart(alt.InlineData(rows), width=460, title="earned, against explored").mark_point(filled=True, size=70).encode(
    alt.X("explored:Q").axis(format="%").title("decisions that only exploration can have made"),
    alt.Y("earned:Q").axis(format="%").title("of the oracle's lead over chance"),
    alt.Color("knob:N"),
)

# %% [markdown]
# `explored` counts tips that were not among the highest *scores*. LinUCB's score contains its curiosity, so without an
# epsilon its exploration does not show here, nor in its propensities: each is 1 or 0, and its log can say nothing about
# any other policy. That is why `linucb/v1` is shown through an epsilon of 0.05.
#
# ## When it is paid for
#
# Early exploration has the rest of a user's life to pay off; constant exploration never stops to cost.

# %%
import duckdb

of_days = simulated.days
few = ("epsilon-0/v1", "epsilon-0.2/v1", "alpha-0.5/v1", "gamma-3/v1")
means = duckdb.sql("SELECT player, day + 1 AS day, sum(expected) / sum(decisions) AS reward FROM of_days GROUP BY ALL")
days = [each for each in means.to_arrow_table().to_pylist() if each["player"] in few]
alt.Chart(alt.InlineData(days), width=460, title="expected reward, day by day").mark_line().encode(
    alt.X("day:Q"), alt.Y("reward:Q").scale(zero=False), alt.Color("player:N")
)

# %% [markdown]
# ## What it buys everyone else: off-policy evaluation
#
# A log can be weighted as if another policy had decided: each decision by w = target/propensity. How many decisions
# that leaves is Kish's effective sample size, (sum w)^2 / sum w^2. Here `linucb/v1` is evaluated on logs of policies
# with different epsilons, of the same length, from the same users.

# %%
from contextlib import closing

from tipbandit_lab.evaluation.evaluating import evaluate_policies
from tipbandit_lab.lake import connect
from tipbandit_lab.lake.filling import Filling, fill

target = "linucb/v1"
logged = []
for epsilon in (0.02, 0.1, 0.2, 0.5, 1.0):
    key = epsilons[epsilon].key
    fill(Filling(users=27, days=8, moments=4, candidates=5, policy=key), root / f"lake-{epsilon:g}")
    with closing(connect(root / f"lake-{epsilon:g}")) as connection:
        evaluation = evaluate_policies(connection, target, key)
    dr = evaluation.of("DR")
    logged.append(
        {
            "epsilon": epsilon,
            "decisions": evaluation.rounds,
            "effective": evaluation.effective_size,
            "share": evaluation.overlap.share if evaluation.overlap else None,
            "half width": (dr.candidate.high - dr.candidate.low) / 2 if dr else None,
            "refused": "; ".join(evaluation.verdict.reasons),
        }
    )
logged

# %% [markdown]
# Theory says what to expect. A target that always shows its best, on the log of an epsilon-greedy policy whose best is
# the same in a share *a* of the decisions, has E[w^2] = a/(1 - epsilon + epsilon/K) + (1 - a) K/epsilon, and the
# effective share is 1/E[w^2]. Lines are that, points are what was measured.


# %%
def share_of(epsilon: float, agreement: float, candidates: int) -> float:
    """Return 1/E[w^2] of a target that never explores, on the log of an epsilon-greedy policy."""
    floor = epsilon / candidates
    return 1 / (agreement / (1 - epsilon + floor) + (1 - agreement) / floor)


theory = [
    {"epsilon": epsilon, "agreement": f"{a:.0%}", "share": share_of(epsilon, a, setting.candidates)}
    for a in (0.5, 0.7, 0.8, 0.9)
    for epsilon in np.linspace(0.01, 1, 100).tolist()
]
ways = alt.Chart(alt.InlineData(theory), width=460, height=240, title="effective share of a log").mark_line(opacity=0.6)
seen = alt.Chart(alt.InlineData(logged)).mark_point(filled=True, size=80, color="black")
share = alt.Y("share:Q").axis(format="%").title("effective share of the decisions")
ways.encode(alt.X("epsilon:Q"), share, alt.Color("agreement:N")) + seen.encode(alt.X("epsilon:Q"), share)

# %% [markdown]
# - At small epsilons the share is nearly proportional to epsilon: **twice the exploration is worth twice the log.**
# - Where too little is left the evaluation gives **no number** rather than a wild one; `refused` says why. The heaviest
#   weight a round can have is K/epsilon, and so is the harm that one lucky round can do.
# - A uniform log is not the best one. It leaves 1/K of the decisions whatever the target is, while one that agrees with
#   the target in part leaves more. It is the best for a target of which nothing is known.
#
# ## Both sides of the price
#
# A decision that is logged at epsilon costs so much reward, against the greedy policy, and adds so many effective ones.
# The quotient is the price of evidence.

# %%
greedy = found[epsilons[0.0].key].expected.mean
prices = [
    {
        "epsilon": each["epsilon"],
        "cost": greedy - found[epsilons[each["epsilon"]].key].expected.mean,
        "share": each["share"],
    }
    for each in logged
]
for each in prices:
    each["reward for one effective decision"] = each["cost"] / each["share"] if each["share"] else math.nan
prices

# %% [markdown]
# The uniform log is by far the dearest evidence. Below it cost and share both grow about in proportion to epsilon, so
# the price changes little: who can wait for a longer log pays no more for a small epsilon. Two remarks before anybody
# turns a knob:
#
# - The price of evidence is paid by users. The gate counts it: a candidate with a large epsilon has to win *with* it.
# - Which target will be evaluated is not known when the log is written. A floor (epsilon/K for each candidate) is
#   insurance for all of them, which is what the registered policies keep.
#
# ## What was found
#
# These values are what the tests hold this page to.

# %%
for key in trials:
    del POLICIES[key]
home.cleanup()
slope = np.polyfit(list(epsilons), [found[each.key].expected.mean for each in epsilons.values()], 1)[0]
results = {
    "chance": chance,
    "oracle": best,
    "epsilon": {value: found[each.key].expected.mean for value, each in epsilons.items()},
    "alpha": {value: found[each.key].expected.mean for value, each in alphas.items()},
    "gamma": {value: found[each.key].expected.mean for value, each in gammas.items()},
    "explored by epsilon": {value: found[each.key].explored for value, each in epsilons.items()},
    "explored by gamma": {value: found[each.key].explored for value, each in gammas.items()},
    "reward for each unit of epsilon": float(slope),
    "effective share": {each["epsilon"]: each["share"] for each in logged},
    "refused": {each["epsilon"]: each["refused"] for each in logged},
    "half width": {each["epsilon"]: each["half width"] for each in logged},
    "left behind": root.exists(),
}
results
