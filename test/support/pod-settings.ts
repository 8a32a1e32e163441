/** Tables of settings that say something of everything a group can have. */
export const ALL_OF_THE_POD = `
[[volumes.nfs]]
name = "shared"
server = "nas.example.com"
path = "/share"
mount_path = "/root/.cache"
sub_path = "projects/$CI_PROJECT_ID"
[[volumes.oss]]
name = "data"
bucket = "ci-data"
url = "oss-cn-beijing-internal.aliyuncs.com"
path = "/sets"
ram_role = "ci-data-reader"
other_opts = "-o max_stat_cache_size=0"
mount_path = "/data"
read_only = true
containers = ["build", "services"]
[[volumes.disk]]
name = "scratch"
size = 100
performance_level = "PL1"
mount_path = "/scratch"
containers = ["build"]
[[volumes.empty_dir]]
name = "shm"
mount_path = "/dev/shm"
medium = "Memory"
size_limit = "2Gi"
[[volumes.config_file]]
name = "maven"
mount_path = "/etc/maven"
containers = ["build"]
[volumes.config_file.files]
"settings.xml" = "<settings/>"
[dns_config]
nameservers = ["10.0.0.2"]
searches = ["example.com"]
options = [{ name = "ndots", value = "2" }]
[[host_aliases]]
ip = "10.0.0.5"
hostnames = ["git.example.com"]
[eip]
create = true
bandwidth = 10
isp = "BGP"
bandwidth_package = "cbwp-1"
[ipv6]
enabled = true
bandwidth_enable = true
bandwidth = "100"
[pod_security_context]
run_as_group = 100
[build_container_security_context]
run_as_user = 1000
run_as_non_root = true
read_only_root_filesystem = true
capabilities = { add = ["NET_ADMIN"] }
[sysctls]
"net.core.somaxconn" = "1024"
"net.ipv4.ping_group_range" = "0 2147483647"
[[init_containers]]
name = "warm-up"
image = "alpine:3.20"
command = ["sh", "-c"]
args = ["mkdir -p /root/.cache/cargo"]
env = { LEVEL = "1" }
`;

/** The settings of one line each that go in front. */
export const REST_OF_THE_POD = `
ram_role = "ci-job"
resource_group = "rg-1"
hostname = "ci"
ntp_servers = ["ntp.example.com"]
image_accelerate_mode = "p2p"
`;
