/**
 * The demo's cloud: the cheapest type is sold out in one zone and turns out to be so in the other, the next one is to be had. Things take as
 * long as they usually do, at their quick end; the second image comes from a far registry.
 */
export const SLOW_IMAGE = 'golang:1.25';

export const DEMO_SCENARIO = `
region = "cn-beijing"
[delays]
scheduling = 2.5
image_pull = 2
cached_pull = 0.5
start = 0.5
schedule_failed = 1.5
[[vswitch]]
id = "vsw-h"
zone = "cn-beijing-h"
[[vswitch]]
id = "vsw-k"
zone = "cn-beijing-k"
[[stock]]
zone = "cn-beijing-h"
type = "ecs.c6.2xlarge"
answers = ["no-stock"]
[[stock]]
zone = "cn-beijing-k"
type = "ecs.c6.2xlarge"
answers = ["schedule-failed", "no-stock"]
[[image]]
name = "${SLOW_IMAGE}"
pull_seconds = 16
`;

/** The demo's settings for the driver. */
export const demoSettings = (folder: string, endpoint: string): string => `
region = "cn-beijing"
endpoint = "${endpoint}"
protocol = "http"
manager_id = "demo"
state_dir = "${folder}/state"
builds_dir = "${folder}/cloud/{attempt}/builds"
cache_dir = "${folder}/cloud/{attempt}/cache"
security_group = "sg-emulator"
instance_types = ["ecs.c6.2xlarge", "ecs.g6.2xlarge"]
agent_image = "registry.example.com/eci-agent:0.1.0"
helper_image = "registry.example.com/gitlab-runner-helper:x86_64-v{runner_version}"
[[vswitch]]
id = "vsw-h"
zone = "cn-beijing-h"
[[vswitch]]
id = "vsw-k"
zone = "cn-beijing-k"
[spot]
strategy = "SpotWithPriceLimit"
price_limit = 0.6
`;
