import * as z from 'zod/mini';
import type { ContainerGroup, ContainerState, GroupEvent } from './container-groups.ts';

/**
 * Answers of DescribeContainerGroups. Lenient on purpose: the pages of the API disagree about the spelling of event fields, fields are
 * added, and a field that we only show must never cost us a group that is running.
 */
const text = z.catch(z.nullish(z.string()), undefined);
const figure = z.catch(z.nullish(z.number()), undefined);
const items = <T extends z.ZodMiniType>(item: T) => z.catch(z.nullish(z.array(item)), undefined);

const Container = z.object({
  Name: text,
  Image: text,
  CurrentState: z.catch(z.nullish(z.object({ State: text, Reason: text, Message: text, ExitCode: figure })), undefined),
});

const Group = z.object({
  ContainerGroupId: z.string(),
  Status: text,
  ZoneId: text,
  InstanceType: text,
  SpotStrategy: text,
  Cpu: figure,
  Memory: figure,
  IntranetIp: text,
  CreationTime: text,
  InternetIp: text,
  Tags: items(z.object({ Key: text, Value: text })),
  Events: items(z.record(z.string(), z.unknown())),
  Containers: items(Container),
  InitContainers: items(Container),
});

/** Without a token that can be read the rest of the list would be missing, and nobody would know. */
const Page = z.object({ ContainerGroups: z.array(Group), NextToken: z.nullish(z.string()) });

/** @returns undefined when the body is not an answer of that action. */
export function parseGroups(body: unknown): { groups: readonly ContainerGroup[]; nextToken: string } | undefined {
  const page = Page.safeParse(body);
  if (!page.success) return undefined;
  return { groups: page.data.ContainerGroups.map(toGroup), nextToken: page.data.NextToken ?? '' };
}

function toGroup(wire: z.infer<typeof Group>): ContainerGroup {
  return {
    id: wire.ContainerGroupId,
    status: wire.Status ?? '',
    zone: wire.ZoneId ?? '',
    instanceType: wire.InstanceType ?? '',
    isSpot: wire.SpotStrategy !== 'NoSpot',
    cpu: wire.Cpu ?? 0,
    memory: wire.Memory ?? 0,
    intranetIp: wire.IntranetIp ?? '',
    internetIp: wire.InternetIp ?? '',
    tags: Object.fromEntries((wire.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
    createdAt: timeOf(wire.CreationTime),
    events: (wire.Events ?? []).map(toEvent),
    containers: (wire.Containers ?? []).map(toContainer),
    initContainers: (wire.InitContainers ?? []).map(toContainer),
  };
}

/** `2026-03-01T12:00:00Z`. */
function timeOf(text: string | null | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function toContainer(wire: z.infer<typeof Container>): ContainerState {
  const current = wire.CurrentState;
  return {
    name: wire.Name ?? '',
    image: wire.Image ?? '',
    state: current?.State ?? '',
    reason: current?.Reason ?? '',
    message: current?.Message ?? '',
    exitCode: current?.ExitCode ?? undefined,
  };
}

/** Keys are read in any letter case: the reference says `Reason`, a published sample `reason`. */
function toEvent(wire: Readonly<Record<string, unknown>>): GroupEvent {
  const fields = new Map(Object.entries(wire).map(([key, value]) => [key.toLowerCase(), value]));
  const field = (name: string): string => {
    const value = fields.get(name);
    return typeof value === 'string' ? value : '';
  };
  return {
    type: field('type'),
    reason: field('reason'),
    message: field('message'),
    at: timeOf(field('firsttimestamp')),
  };
}
