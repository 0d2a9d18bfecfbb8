-- Two policies on the days of users whom both served: within a user's day a decision of the one weighs as the share
-- that the other has of them, so that both have the same weight on every such day (overlap weights).
CREATE OR REPLACE TEMP VIEW policy_pairs AS
WITH served AS (
    SELECT user_id, day, policy, count(*) AS n FROM asked WHERE reward IS NOT NULL GROUP BY ALL
),
both_served AS (
    SELECT one.user_id, one.day, one.policy AS name, two.policy AS other, two.n / (one.n + two.n) AS weight
    FROM served AS one JOIN served AS two USING (user_id, day)
    WHERE one.policy <> two.policy
)
SELECT
    both_served.name,
    both_served.other,
    asked.day,
    asked.cluster,
    asked.user_id,
    asked.reward,
    both_served.weight,
    0.0 AS unsupported,
    0.0 AS variance,
    1.0 AS possible
FROM both_served JOIN asked
    ON asked.user_id = both_served.user_id AND asked.day = both_served.day AND asked.policy = both_served.name
WHERE asked.reward IS NOT NULL;
