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
# # From the lake to a promotion
#
# A policy serves, and everything it decides is logged. The logs become a lake; the lake says what users are like, what
# another policy would have earned, and whether that one may serve instead. This page walks the whole way once, with the
# functions that the command line is made of, on a lake that is filled by simulation in a temporary directory. It takes
# well under a minute, needs no network and leaves nothing behind.
#
# The words (policy, propensity, reward, gate) are those of `docs/architecture.md`; what each part can do beyond what is
# shown here is in `docs/offline.md`, `docs/evaluation.md` and `docs/pipeline.md`.

# %%
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import altair as alt
from rich.console import Console

from tipbandit.features.schema import BASE
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.lake import connect

alt.renderers.enable("svg")  # drawn here, so that a page shows it without a network
console = Console(width=110)
home = TemporaryDirectory(prefix="tipbandit-notebook-")
root = Path(home.name)
lake = root / "lake"

# %% [markdown]
# ## Who serves, and who may
#
# The incumbent of this page is invented: `trial/v0` shows a random tip four times out of five. That is how a service
# without any data may well begin: it earns little, and its log tells a lot about every other policy. Adding a policy is
# adding an entry to the registry, which here lasts as long as this page.
#
# The candidate is `linucb/v1`, which the service knows.

# %%
incumbent, challenger = "trial/v0", "linucb/v1"
POLICIES[incumbent] = Policy(key=incumbent, feature_set=BASE, epsilon=0.8)

# %% [markdown]
# ## The lake
#
# 48 users of all main personas live for two weeks from Monday, 5 January 2026; what the service would have logged for
# them lands in Parquet files by day of arrival. The command is `lake fill`; a lake that comes from production has the
# same layout, under `s3://`.

# %%
from tipbandit_lab.lake.filling import Filling, fill

fill(Filling(users=48, days=14, moments=4, candidates=5, policy=incumbent), lake)
sorted(str(each.relative_to(lake)) for each in lake.rglob("day=2026-01-05/*"))

# %% [markdown]
# `lake show` says what a lake holds, and what is odd about it. Some events came twice and some rewards never did, as in
# production: delivery is at least once, and users close the app.

# %%
from tipbandit_lab.lake.report import examined
from tipbandit_lab.lake.showing import show as show_lake

contents = examined(lake)
show_lake(contents, console)

# %% [markdown]
# `connect` opens a lake as three views, `decisions`, `rewards` and `shadows`, with duplicates dropped and older events
# read as new ones. What follows is plain SQL (DuckDB's). How often does each reaction occur when the tip was the best
# the policy knew, and when exploration chose it?

# %%
with closing(connect(lake)) as connection:
    reactions = connection.sql(
        """
        SELECT CASE WHEN d.explored THEN 'explored' ELSE 'best known' END AS shown, r.reaction,
               count(*) AS times, avg(r.reward) AS reward
        FROM rewards AS r JOIN decisions AS d USING (decision_id)
        WHERE r.reaction IS NOT NULL GROUP BY ALL ORDER BY ALL
        """
    ).to_arrow_table()

alt.Chart(
    alt.InlineData(reactions.to_pylist()), height=80, width=460, title="reactions, by why the tip was shown"
).mark_bar().encode(
    alt.X("times:Q").stack("normalize").title("share").axis(format="%"),
    alt.Y("shown:N").title(None),
    alt.Color("reaction:N").scale(scheme="tableau10"),
)

# %% [markdown]
# ## Batch features
#
# The profile that callers send with a request (completion rate, dwell, preferred hour, ...) is computed online by the
# recommender. The same definition runs over the lake for all users at once: `features`, on DuckDB or unchanged on
# Spark. Equal results are tested user by user.

# %%
import pyarrow.parquet as pq

from tipbandit_lab.features.build import build

as_of, profiled = build(lake, root / "profiles.parquet")
profiles = pq.read_table(
    root / "profiles.parquet", columns=["user_id", "preferred_hour", "completion_rate", "tips_30d"]
).to_pylist()
print(f"{profiled} profiles as of {as_of:%Y-%m-%d %H:%M} UTC")

alt.Chart(alt.InlineData(profiles), width=460, height=220, title="users who have a preferred hour").mark_circle(
    size=60
).encode(
    alt.X("preferred_hour:Q").scale(domain=[0, 24]).title("preferred hour (UTC)"),
    alt.Y("completion_rate:Q").title("completion rate").axis(format="%"),
    alt.Size("tips_30d:Q").title("tips in 30 days"),
)

# %% [markdown]
# ## A prior
#
# A new user need not start from nothing. Empirical Bayes over the users of the lake gives the mean and the spread of
# their weights, and that is where the next one starts (`prior learn`; ADR 0014).
#
# **The first week teaches, the second judges.** A prior that is evaluated on the decisions it was learned from is
# flattered.

# %%
from tipbandit_lab.prior import documents
from tipbandit_lab.prior.gathering import gather
from tipbandit_lab.prior.learning import learned as learn
from tipbandit_lab.prior.showing import show as show_prior

first_week = date(2026, 1, 5), date(2026, 1, 11)
second_week = date(2026, 1, 12), date(2026, 1, 18)

with closing(connect(lake, days=first_week)) as connection:
    learned = learn(gather(connection, POLICIES[challenger]), POLICIES[challenger])
place = documents.write(root / "priors", POLICIES[challenger], learned.prior, learned.about)
show_prior(documents.read(place), console)
candidate = f"{challenger}@{learned.prior.version}"

# %% [markdown]
# The candidate has its full name now: the policy, and the prior its new users start from. Read the column *worth
# rewards* as a promise: for that weight the prior says as much as so many rewards of the user's own.
#
# ## What would it have earned?
#
# Each decision of the log was drawn with known probabilities, those of all candidates were logged, and the incumbent
# explored: so the log can be weighted as if another policy had decided. Before any number is given, the data must
# support one: enough effective decisions, support for what the candidate would show, propensities that agree with what
# was shown, and a replay of the incumbent that gives what it logged.

# %%
from tipbandit_lab.evaluation.evaluating import evaluate_policies
from tipbandit_lab.evaluation.showing import show as show_evaluation

with closing(connect(lake)) as connection:
    evaluation = evaluate_policies(connection, candidate, incumbent, days=second_week, priors=root / "priors")
show_evaluation(evaluation, console)

# %% [markdown]
# All estimators answer the same question, with other errors. They should roughly agree, and none of the intervals
# should be asked for more than it says: `docs/evaluation.md` has which one when. DR is the one that the gate reads.

# %%
estimates = [
    {
        "estimator": each.estimator,
        "mean": each.advantage.estimate,
        "low": each.advantage.low,
        "high": each.advantage.high,
    }
    for each in evaluation.estimates
]
shown = alt.Chart(alt.InlineData(estimates), width=460, title="advantage over the incumbent, reward per decision")
advantages = shown.mark_rule().encode(
    alt.X("low:Q").title("95 % interval"), alt.X2("high:Q"), alt.Y("estimator:N").title(None)
)
points = shown.mark_point(filled=True, size=60).encode(alt.X("mean:Q"), alt.Y("estimator:N"))
advantages + points

# %% [markdown]
# The evaluation answers for users and days like those that were logged. What the candidate would learn from the tips
# *it* shows is no part of it: that is the simulation's half.
#
# ## Analytics
#
# Whoever wants to know how things go, rather than who may serve, asks `analytics`: per policy, prompt version, shadow
# and day, as served and weighted. The command writes a Parquet table and a page with plots beside this table.

# %%
from tipbandit_lab.analytics.analysing import analyse
from tipbandit_lab.analytics.summary import summary

with closing(connect(lake)) as connection:
    console.print(summary(analyse(connection)))

# %% [markdown]
# ## The gate, with both eyes
#
# Promotion takes two: a win in the simulation, where everything is known and whole lives can be played, **and** a lower
# bound above the incumbent on logged data, where the users are real.
#
# The plan is small: three personas, 20 seeds, four days. The criteria say so, as nobody is shown to be unharmed who was
# not there. For what shall serve the gate asks for all personas and 14 days or more, and keeps its decisions under
# version control.

# %%
from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.pipeline.options import Asked
from tipbandit_lab.plan import Plan
from tipbandit_lab.results import load
from tipbandit_lab.roster import BASELINES
from tipbandit_lab.runs import run
from tipbandit_lab.world import Setting

asked = Asked(
    lake=str(lake),
    candidate=candidate,
    incumbent=incumbent,
    priors=root / "priors",
    days=second_week,
    personas=("morning_finisher", "deadline_driven", "newcomer"),
    seeds=20,
    setting=Setting(users=32, days=4, moments_a_day=2, candidates=5),
    criteria=Criteria(personas=("morning_finisher", "deadline_driven", "newcomer")),
    root=root / "pipeline",
    decisions=root / "decisions",
    registry=f"sqlite:///{root / 'registry' / 'mlflow.db'}",
)
plan = Plan.named(
    (candidate, incumbent, *BASELINES),
    asked.personas,
    seeds=range(asked.seeds),
    setting=asked.setting,
    priors=asked.priors,
)
played = asked.root / f"simulation-{plan.configuration()['fingerprint'][:16]}"
run(plan, played)

# %% [markdown]
# `random` and `oracle` play along: they are the scale on which a difference is large or small.

# %%
from tipbandit_lab.summary import EVERYBODY, lines

values = [
    {"player": line.player.partition("@")[0], "reward": line.expected.mean, "persona": line.persona}
    for line in lines(load(played))
]
alt.Chart(alt.InlineData(values), width=460, title="expected reward per decision").mark_point(
    filled=True, size=70
).encode(alt.X("reward:Q"), alt.Y("player:N").title(None).sort("-x"), alt.Color("persona:N"))

# %%
from tipbandit_lab.gate.command import PROMOTE, decide
from tipbandit_lab.gate.offline import Source

logs = Source(lake=str(lake), days=second_week, priors=root / "priors")
code = decide(
    load(played),
    candidate=candidate,
    incumbent=incumbent,
    criteria=asked.criteria,
    out=asked.decisions,
    logs=logs,
    console=console,
)

# %% [markdown]
# The record is one JSON file that holds everything the verdict rests on, and an HTML report beside it. It is the memory
# of looks as well: who looks again at the same numbers looks once, who looks at others spends more of the error
# probability that all looks share.

# %%
from tipbandit_lab.gate import record as records

(written,) = asked.decisions.glob("*.json")
record = records.read(written)
print(record.sentence)
print(f"look {record.look.number}, which leaves a confidence of {1 - record.look.alpha:.1%}")

# %% [markdown]
# ## The same in a row
#
# `make pipeline` does all of the above in one go: ingest, features, prior, evaluation, gate, card, register. Each step
# is kept under a digest of its inputs; the simulation is there already, so it is not played twice, and the gate
# recognises its own look.

# %%
from tipbandit_lab.pipeline.running import run as run_pipeline

outcome = run_pipeline(asked)
again = run_pipeline(asked)
print(outcome.version, outcome.verdict, "| worked:", ", ".join(outcome.worked), "| again:", list(again.worked))
sorted(each.name for each in outcome.card.iterdir())

# %% [markdown]
# The model card is made from the run, and says what is known and what is not. These are its first sections.

# %%
from IPython.display import Markdown

card = (outcome.card / "card.md").read_text(encoding="utf-8")
Markdown("\n## ".join(card.split("\n## ")[:4]).replace("\n## ", "\n#### "))

# %% [markdown]
# ## The promotion
#
# The registry (MLflow, here in a file) has the version as a challenger. `registry promote` asks its own records whether
# anything speaks against it; if not, the alias `champion` moves.

# %%
from tipbandit_lab.registry import judging, rollout
from tipbandit_lab.registry.showing import listed
from tipbandit_lab.registry.store import opened
from tipbandit_lab.registry.versions import named, versions

client = opened(asked.registry)
version = named(client, outcome.version)
objections = judging.against(version, rollout.champion(versions(client)))
print("against it:", "; ".join(objections) or "nothing")
if not objections:
    rollout.promote(client, version, reason="the walk from the lake to a promotion")
listed(rollout.settled(client), console)
champion = rollout.champion(versions(client))

# %% [markdown]
# What makes it serve is the route that callers ask, and one line of the template that names the prior of new users. The
# command writes both down and deploys nothing.

# %%
from tipbandit_lab.registry.settings import setting

wanted = setting(champion)
print(f"callers ask {wanted.route}; the template says {wanted.line}")

# %% [markdown]
# A rollback is one step too. Before the first version it is the service by itself: its default policy, without a prior.

# %%
event = rollout.rollback(client, reason="to show that it is one step")
print(f"{event.version or 'the service by itself'} {event.action} instead of {event.instead}")
for each in rollout.history(versions(client)):
    print(each.number, each.action, each.version, "|", each.reason)

# %% [markdown]
# ## What was found
#
# These values are what the tests hold this page to.

# %%
dr = evaluation.of("DR")
duplicates = sum(each.again for each in contents.tables)
del POLICIES[incumbent]
looks = sorted(asked.decisions.glob("*.json"))
home.cleanup()
results = {
    "decisions": contents.tables[0].events,
    "came again": duplicates,
    "profiles": profiled,
    "users behind the prior": learned.about["users"],
    "evaluation is valid": evaluation.verdict.valid,
    "effective size": evaluation.effective_size,
    "advantage by DR": dr.advantage.estimate if dr else None,
    "least advantage by DR": dr.advantage.low if dr else None,
    "simulated": {each["player"]: each["reward"] for each in values if each["persona"] == EVERYBODY},
    "verdict": record.verdict,
    "looks": len(looks),
    "gate's exit code is that of a promotion": code == PROMOTE,
    "pipeline's verdict": outcome.verdict,
    "steps done again": list(again.worked),
    "objections": list(objections),
    "champion": champion.name if champion else None,
    "priors": wanted.priors == f"{challenger}={learned.prior.version}",
    "rolled back to": event.version,
    "left behind": root.exists(),
}
results
