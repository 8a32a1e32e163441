import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startCloud } from './cloud-under-test.ts';

/** A Python that can import alibabacloud_eci20180808 (from PyPI), such as the one of a virtual environment. */
const python = process.env.ECI_PYTHON;

const TAG = "7 of 9 (*)'!~+ä";

const PROGRAM = `
import json, sys
from alibabacloud_eci20180808.client import Client
from alibabacloud_eci20180808 import models
from alibabacloud_tea_openapi.models import Config

client = Client(Config(access_key_id='emulator', access_key_secret='emulator-secret', security_token='token', region_id='cn-beijing',
                       endpoint=sys.argv[1], protocol='http', signature_algorithm=sys.argv[2] or None))
def group(**more):
    return models.CreateContainerGroupRequest(
        region_id='cn-beijing', container_group_name='from-python', v_switch_id='vsw-h', security_group_id='sg-emulator',
        restart_policy='Never', cpu=2.0, memory=4.0, auto_create_eip=True, auto_match_image_cache=False,
        tag=[models.CreateContainerGroupRequestTag(key='job', value=${JSON.stringify(TAG)})],
        container=[models.CreateContainerGroupRequestContainer(name='build', image='alpine:3.20', command=['sh', '-c', "echo 'a b' > x"])],
        **more)
created = client.create_container_group(group()).body
found = client.describe_container_groups(models.DescribeContainerGroupsRequest(
    region_id='cn-beijing', container_group_ids=json.dumps([created.container_group_id]), with_event=True)).body
status = client.describe_container_group_status(models.DescribeContainerGroupStatusRequest(region_id='cn-beijing')).body
try:
    client.create_container_group(group(spot_strategy='SpotWithPriceLimit'))
    code = ''
except Exception as error:
    code = error.code
client.delete_container_group(models.DeleteContainerGroupRequest(
    region_id='cn-beijing', container_group_id=created.container_group_id))
print(json.dumps({'id': created.container_group_id, 'name': found.container_groups[0].container_group_name,
                  'cpu': found.container_groups[0].cpu, 'tag': found.container_groups[0].tags[0].value, 'phase': status.data[0].pod_status.phase, 'code': code}))
`;

it.skipIf(!python).each([
  ['its own signature', ''],
  ['the older signature', 'v2'],
])(
  "Alibaba Cloud's Python SDK with %s is answered as the Node one is (needs ECI_PYTHON, a Python with alibabacloud_eci20180808)",
  async (_, algorithm) => {
    const { emulator } = await startCloud({ startDelay: 30 });
    const { stdout } = await promisify(execFile)(python ?? '', ['-c', PROGRAM, emulator.endpoint, algorithm]);
    const answer = JSON.parse(stdout) as Record<string, unknown>;
    expect(answer).toMatchObject({
      name: 'from-python',
      cpu: 2,
      tag: TAG,
      phase: 'Pending',
      code: 'MissingParameter.SpotPriceLimit',
    });
    // Its booleans differ from those of the other SDKs.
    expect(emulator.requests()[0]?.parameters).toMatchObject({
      RegionId: 'cn-beijing',
      'Container.1.Command.3': "echo 'a b' > x",
      'Tag.1.Value': TAG,
      AutoCreateEip: 'True',
      AutoMatchImageCache: 'False',
    });
    expect(emulator.report()).toMatchObject({ groups: { created: 1 }, calls: { DeleteContainerGroup: { ok: 1 } } });
  },
);
