-- A row for each rewarded decision and each prompt version among its candidates. Target: one of the n candidates of the
-- version, each with probability 1/n. So the weight of what was shown is 1/(n p) if it is of the version, else 0;
-- "unsupported" is the target's probability of what could not be shown, "variance" that of the weight, "possible" its
-- largest value. Weights end at 1e9: such a sum is refused for its heaviest round anyway.
CREATE OR REPLACE TEMP TABLE offers AS
WITH each_version AS (
    SELECT *, unnest(list_distinct(versions)) AS name FROM asked WHERE reward IS NOT NULL AND flaw IS NULL
),
own AS (
    SELECT
        *,
        list_transform(
            list_filter(range(1, len(versions) + 1), lambda place: versions[place] = name),
            lambda place: propensities[place]
        ) AS logged
    FROM each_version
),
likely AS (
    SELECT *, len(logged) AS n, list_filter(logged, lambda p: p > 0) AS supported FROM own
)
SELECT
    decision_id,
    name,
    day,
    cluster,
    user_id,
    reward,
    CASE WHEN version = name THEN least(1 / (n * propensity), 1e9) ELSE 0.0 END AS weight,
    1 - len(supported) / n AS unsupported,
    coalesce(list_sum(list_transform(supported, lambda p: 1 / greatest(p, 1e-9))), 0) / (n * n)
        - (len(supported) / n) ** 2 AS variance,
    coalesce(1 / (n * greatest(list_min(supported), 1e-9)), 0.0) AS possible
FROM likely;

CREATE OR REPLACE TEMP VIEW version_rounds AS SELECT *, '' AS other FROM offers;

-- Two versions where both could have been shown: the same users at the same moments.
CREATE OR REPLACE TEMP VIEW version_pairs AS
SELECT one.*, two.name AS other
FROM offers AS one JOIN offers AS two USING (decision_id)
WHERE one.name <> two.name;
