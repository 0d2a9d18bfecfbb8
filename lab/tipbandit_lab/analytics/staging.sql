-- Every decision once, with its reward if it has one: what all other tables of the analytics are made from.
-- Users fall into clusters, which intervals are drawn by: each its own, or by hash where there are very many.
CREATE OR REPLACE TEMP TABLE people AS
SELECT
    user_id,
    CASE
        WHEN count(*) OVER () <= getvariable('clusters') THEN row_number() OVER (ORDER BY user_id) - 1
        ELSE CAST(md5_number_lower(user_id) % getvariable('clusters') AS BIGINT)
    END AS cluster
FROM (SELECT DISTINCT user_id FROM decisions);

CREATE OR REPLACE TEMP TABLE asked AS
WITH placed AS (
    SELECT
        *,
        candidates.tip_id AS tips,
        list_position(candidates.tip_id, tip_id) AS place,
        coalesce(prompt_version, '(none)') AS version,
        list_transform(
            list_resize(coalesce(candidates.prompt_version, []), len(candidates.tip_id)),
            lambda each: coalesce(each, '(none)')
        ) AS versions
    FROM decisions
)
SELECT
    d.decision_id,
    d.day,
    people.cluster,
    d.user_id,
    d.policy,
    d.version,
    coalesce(d.explored, FALSE) AS explored,
    coalesce(d.degraded, FALSE) AS degraded,
    d.tip_id,
    d.tips,
    d.place,
    d.versions,
    d.propensities,
    d.propensity,
    CASE WHEN r.reward BETWEEN -1 AND 1 THEN r.reward END AS reward,
    CASE WHEN r.reward BETWEEN -1 AND 1 THEN r.reaction END AS reaction,
    r.decision_id IS NOT NULL AND NOT coalesce(r.reward BETWEEN -1 AND 1, FALSE) AS impossible,
    CASE
        WHEN NOT coalesce(d.propensity > 0 AND d.propensity <= 1.000001, FALSE) THEN 'no propensity'
        WHEN d.place IS NULL OR d.place = 0 THEN 'the tip that was shown is no candidate'
        WHEN len(d.propensities) IS DISTINCT FROM len(d.tips)
            OR list_count(d.propensities) < len(d.propensities) THEN 'not one propensity a candidate'
        WHEN list_min(d.propensities) < 0
            OR NOT abs(list_sum(d.propensities) - 1) <= 1e-6 THEN 'propensities that do not sum to 1'
        WHEN NOT abs(d.propensities[d.place] - d.propensity) <= 1e-6 THEN 'two propensities of the tip that was shown'
        WHEN d.versions[d.place] <> d.version THEN 'two prompt versions of the tip that was shown'
    END AS flaw
FROM placed AS d
JOIN people USING (user_id)
LEFT JOIN rewards AS r ON r.decision_id = d.decision_id;
