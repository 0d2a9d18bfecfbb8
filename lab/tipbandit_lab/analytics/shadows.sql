-- What shadows said beside what was shown. A signal that asked several policies is taken apart.
CREATE OR REPLACE TEMP TABLE said AS
SELECT
    CASE
        WHEN min(s.policy) OVER (PARTITION BY s.signal) = max(s.policy) OVER (PARTITION BY s.signal) THEN s.signal
        ELSE s.signal || ' (' || s.policy || ')'
    END AS name,
    s.policy AS shadow_policy,
    s.error,
    s.agrees,
    s.ranking,
    s.latency_ms,
    asked.*
FROM shadows AS s LEFT JOIN asked ON asked.decision_id = s.decision_id;

-- A row for each rewarded decision that a shadow answered beside; its propensities are the target.
CREATE OR REPLACE TEMP TABLE shadowed AS
WITH answered AS (
    SELECT
        *,
        list_transform(
            tips, lambda tip: list_filter(ranking, lambda row: row.tip_id = tip)[1].propensity
        ) AS target
    FROM said WHERE error IS NULL AND reward IS NOT NULL AND flaw IS NULL
),
likely AS (
    SELECT
        *,
        coalesce(
            len(ranking) = len(tips) AND list_count(target) = len(target) AND list_min(target) >= 0
            AND abs(list_sum(target) - 1) <= 1e-6, FALSE
        ) AS sound,
        list_sum(
            list_transform(list_zip(target, propensities), lambda each: CASE WHEN each[2] > 0 THEN 0.0 ELSE each[1] END)
        ) AS unsupported,
        list_filter(list_zip(target, propensities), lambda each: each[2] > 0) AS supported
    FROM answered
)
SELECT
    name,
    '' AS other,
    day,
    cluster,
    user_id,
    reward,
    sound,
    least(target[place] / propensity, 1e9) AS weight,
    unsupported,
    list_sum(list_transform(supported, lambda each: each[1] ** 2 / greatest(each[2], 1e-9)))
        - (1 - unsupported) ** 2 AS variance,
    list_max(list_transform(supported, lambda each: each[1] / greatest(each[2], 1e-9))) AS possible
FROM likely;

CREATE OR REPLACE TEMP VIEW shadow_rounds AS SELECT * FROM shadowed WHERE sound;

-- The same decisions as they were: what was shown there earned.
CREATE OR REPLACE TEMP VIEW shown_beside AS
SELECT * REPLACE (1.0 AS weight, 0.0 AS unsupported, 0.0 AS variance, 1.0 AS possible) FROM shadow_rounds;

CREATE OR REPLACE TEMP VIEW agreement AS
SELECT
    name, '' AS other, day, cluster, user_id, CAST(agrees AS DOUBLE) AS reward,
    1.0 AS weight, 0.0 AS unsupported, 0.0 AS variance, 1.0 AS possible
FROM said WHERE error IS NULL AND agrees IS NOT NULL AND decision_id IS NOT NULL;
