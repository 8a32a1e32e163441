/** The demo's cloud: one zone is empty at once, one type fails after the create, the third door is open. */
export const DEMO_SCENARIO = `
region = "cn-beijing"
[delays]
scheduling = 0.6
image_pull = 1.5
cached_pull = 0.3
start = 0.3
schedule_failed = 1.2
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
zone = "cn-beijing-h"
type = "ecs.g6.2xlarge"
answers = ["schedule-failed", "no-stock"]
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
poll_interval = 0.2
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
