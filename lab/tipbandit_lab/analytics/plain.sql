-- What was served, by each way to group it: all of it, by policy, by prompt version.
CREATE OR REPLACE TEMP VIEW grouped AS
SELECT 'all' AS kind, 'all' AS name, * FROM asked
UNION ALL SELECT 'policy', policy, * FROM asked
UNION ALL SELECT 'prompt_version', version, * FROM asked;

-- Mean rewards: every rewarded decision counts once.
CREATE OR REPLACE TEMP VIEW rewarded AS
SELECT
    name, kind AS other, day, cluster, user_id, reward,
    1.0 AS weight, 0.0 AS unsupported, 0.0 AS variance, 1.0 AS possible
FROM grouped WHERE reward IS NOT NULL;

-- Reward coverage: every decision counts once, and has a reward or has none.
CREATE OR REPLACE TEMP VIEW covered AS
SELECT * REPLACE (CAST(reward IS NOT NULL AS DOUBLE) AS reward) FROM (
    SELECT
        name, kind AS other, day, cluster, user_id, reward,
        1.0 AS weight, 0.0 AS unsupported, 0.0 AS variance, 1.0 AS possible
    FROM grouped
);
