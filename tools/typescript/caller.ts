// A caller in TypeScript, as small as it gets: what it takes from shared/contracts must compile under --strict, what a
// caller may get wrong must not, and the prompt rotation must draw as the reference caller does. Compiled, then run.

import type { Candidate, ProfileFeatures } from "../../shared/contracts/profile_registry.ts";
import {
  CONFIGURATION,
  PROMPT_ROTATION_EXAMPLES,
  promptVersion,
  SHADOWS,
  type ShadowName,
  type ShadowSignal,
} from "../../shared/contracts/recommender.ts";

export const unknownUser: ProfileFeatures = {};
export const shortest: Candidate = { tip_id: "water-the-plants" };

// @ts-expect-error: a candidate without an id
export const nameless: Candidate = { priority: 0.5 };
// @ts-expect-error: numbers are strict
export const worded: ProfileFeatures = { tips_30d: "12" };
// @ts-expect-error: no such shadow
export const unknown: ShadowName = "egreedy-v0-shadow";
// @ts-expect-error: what the service says is not for changing
export const rename = (signal: ShadowSignal): string => (signal.policy = "egreedy/v1");

/** The policies of the shadows that the environment enables. */
export function enabled(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const { variable, separator } = CONFIGURATION.shadows;
  const names = (environment[variable] ?? "").split(separator).map((name) => name.trim());
  return SHADOWS.filter((shadow) => names.includes(shadow.name)).map((shadow) => shadow.policy);
}

function same(what: string, actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  }
}

for (const { userId, day, versions, version } of PROMPT_ROTATION_EXAMPLES) {
  same(`the prompt version of ${userId} on ${day}`, await promptVersion(userId, day, versions), version);
}
same("shadows nobody enabled", enabled({}), []);
same("one shadow enabled", enabled({ TIP_SHADOWS: " egreedy-v2-shadow" }), ["egreedy/v2"]);
