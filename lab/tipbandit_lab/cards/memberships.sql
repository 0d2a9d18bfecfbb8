-- To which groups of users each shown decision belongs. Of `decisions` and `rewards` of a lake, `profiles` of the
-- features, and the one-row relation `bounds` (cold, evening, morning). Who shows is told by rewards: shadows get none.
WITH serving AS (SELECT DISTINCT policy FROM rewards),
shown AS (SELECT decision_id, user_id, "at", hour, policy FROM decisions SEMI JOIN serving USING (policy)),
moments AS (
    SELECT decision_id, user_id, "at", 0 AS told FROM shown
    UNION ALL
    SELECT NULL, user_id, "at", 1 FROM rewards
),
counted AS (
    SELECT decision_id,
        sum(told) OVER (PARTITION BY user_id ORDER BY "at", told DESC ROWS UNBOUNDED PRECEDING) AS rewards_before
    FROM moments
),
people AS (
    SELECT user_id, count(*) AS decisions,
        avg(CAST(hour >= evening OR hour < morning AS INTEGER)) AS at_night
    FROM shown CROSS JOIN bounds GROUP BY user_id
),
volume AS (SELECT quantile_disc(decisions, 0.25) AS few FROM people)
SELECT shown.decision_id,
    counted.rewards_before < bounds.cold AS cold,
    people.decisions <= volume.few AS low_volume,
    CASE WHEN profiles.preferred_hour IS NULL THEN people.at_night >= 0.5
        ELSE profiles.preferred_hour >= bounds.evening OR profiles.preferred_hour < bounds.morning END AS night,
    volume.few
FROM shown
JOIN counted USING (decision_id)
JOIN people USING (user_id)
CROSS JOIN volume
CROSS JOIN bounds
LEFT JOIN profiles USING (user_id)
ORDER BY shown.decision_id
