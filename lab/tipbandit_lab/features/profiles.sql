-- The profile features of every user at one moment: what tipbandit_recommender.profile_features says of each of them,
-- to the last bit. DuckDB and Spark SQL run this text as it is.
--
-- It reads
--   limits      one row: the moment (as_of, since) and the constants of the definition, from the schema table and the
--               recommender (definition.py);
--   decisions   decision_id, user_id, at (UTC), hour (the user's local time of day), of tips that were shown: not
--               what a shadow was asked, whose answer nobody saw;
--   rewards     decision_id, at (UTC), reaction, dwell_s.
-- No id stands twice in decisions or in rewards.
--
-- Why it is written as it is
--   * Only whole numbers are summed, for their sum knows no order, and each feature is one division.
--   * least() and greatest() pass over NULL, so least(dwell_s, 600) would make ten minutes of what nobody measured:
--     CASE where a NULL may come.
--   * What is not known yet at as_of is not known: a decision after it is no history, a reward after it leaves its
--     tip shown and without a reaction.
--   * The local hour is the caller's, as it was at the decision; the window of tips_30d is elapsed time in UTC. So no
--     zone of a user and no change to daylight saving comes into it.
--   * The direction of the mean hour takes the four operations alone (tipbandit_recommender.circle), for engines do not
--     agree on the last bit of an arc tangent. Halfway between two ticks is the one nearer to noon; hours that cancel
--     each other out, or agree no more than chance does, are no preference.
WITH known AS (
    SELECT
        rewards.decision_id,
        rewards.reaction,
        CASE
            WHEN rewards.dwell_s IS NULL THEN NULL
            WHEN rewards.dwell_s > limits.longest_dwell_s THEN limits.longest_dwell_s * 1000
            ELSE CAST(floor(rewards.dwell_s * 1000 + 5e-1) AS BIGINT)
        END AS dwell_ms
    FROM rewards
    CROSS JOIN limits
    WHERE rewards.at <= limits.as_of
),

shown AS (
    SELECT
        decisions.user_id,
        known.dwell_ms,
        CASE WHEN decisions.at > limits.since THEN 1 ELSE 0 END AS lately,
        CASE WHEN known.reaction = 'completed' THEN 1 ELSE 0 END AS completed,
        CASE WHEN known.reaction = 'dismissed' THEN 1 ELSE 0 END AS dismissed,
        CASE
            WHEN known.reaction = 'completed'
                THEN floor(decisions.hour * limits.ticks_an_hour + 5e-1) * limits.radians_a_tick
        END AS angle
    FROM decisions
    CROSS JOIN limits
    LEFT JOIN known ON decisions.decision_id = known.decision_id
    WHERE decisions.at <= limits.as_of
),

whole AS (
    SELECT
        shown.user_id,
        shown.dwell_ms,
        shown.lately,
        shown.completed,
        shown.dismissed,
        CAST(floor(cos(shown.angle) * limits.unit + 5e-1) AS BIGINT) AS c,
        CAST(floor(sin(shown.angle) * limits.unit + 5e-1) AS BIGINT) AS s
    FROM shown
    CROSS JOIN limits
),

counted AS (
    SELECT
        user_id,
        CAST(count(*) AS BIGINT) AS n_shown,
        CAST(sum(lately) AS BIGINT) AS lately,
        CAST(sum(completed) AS BIGINT) AS completed,
        CAST(sum(dismissed) AS BIGINT) AS dismissed,
        CAST(count(dwell_ms) AS BIGINT) AS dwells,
        CAST(sum(dwell_ms) AS BIGINT) AS dwell_ms,
        CAST(CAST(coalesce(sum(c), 0) AS BIGINT) AS DOUBLE) AS c,
        CAST(CAST(coalesce(sum(s), 0) AS BIGINT) AS DOUBLE) AS s
    FROM whole
    GROUP BY user_id
),

-- The hour is the direction of (c, s): its tangent in the first eighth of the circle, in x; then the arc tangent, by
-- Abramowitz and Stegun (1964), 4.4.49; then back over the eighths.
leaning AS (
    SELECT
        counted.*,
        coalesce(least(abs(c), abs(s)) / nullif(greatest(abs(c), abs(s)), 0), 0) AS x,
        CASE
            WHEN completed = 0 THEN FALSE
            WHEN limits.least_square * completed > limits.by_chance
                THEN c * c + s * s >= limits.square * completed * (limits.least_square * completed)
            ELSE c * c + s * s >= limits.square * completed * limits.by_chance
        END AS agree
    FROM counted
    CROSS JOIN limits
),

rising AS (
    SELECT
        leaning.*,
        x * (
            (((((((
                2.8662257e-3 * (x * x) - 1.61657367e-2
            ) * (x * x) + 4.29096138e-2
            ) * (x * x) - 7.528964e-2
            ) * (x * x) + 1.065626393e-1
            ) * (x * x) - 1.420889944e-1
            ) * (x * x) + 1.999355085e-1
            ) * (x * x) - 3.333314528e-1
            ) * (x * x) + 1e0
        ) AS eighth
    FROM leaning
),

turning AS (
    SELECT
        rising.*,
        CASE WHEN abs(s) > abs(c) THEN 1.5707963267948966e0 - eighth ELSE eighth END AS quarter
    FROM rising
),

pointing AS (
    SELECT
        turning.*,
        CAST(floor(
            CASE WHEN c < 0 THEN 3.141592653589793e0 - quarter ELSE quarter END / limits.radians_a_tick + 5e-1
        ) AS BIGINT) AS ticks
    FROM turning
    CROSS JOIN limits
)

SELECT
    pointing.user_id,
    limits.as_of,
    CASE
        WHEN n_shown >= limits.least THEN CAST(completed AS DOUBLE) / CAST(n_shown AS DOUBLE)
    END AS completion_rate,
    CASE
        WHEN n_shown >= limits.least THEN CAST(dismissed AS DOUBLE) / CAST(n_shown AS DOUBLE)
    END AS dismiss_rate,
    CASE
        WHEN dwells >= limits.least THEN CAST(dwell_ms AS DOUBLE) / CAST(dwells * 1000 AS DOUBLE)
    END AS mean_dwell_s,
    CASE
        WHEN NOT agree THEN NULL
        WHEN s < 0 AND ticks > 0 THEN CAST(limits.day_ticks - ticks AS DOUBLE) / CAST(limits.ticks_an_hour AS DOUBLE)
        ELSE CAST(ticks AS DOUBLE) / CAST(limits.ticks_an_hour AS DOUBLE)
    END AS preferred_hour,
    CASE WHEN lately > limits.most_tips THEN limits.most_tips ELSE lately END AS tips_30d,
    n_shown
FROM pointing
CROSS JOIN limits
