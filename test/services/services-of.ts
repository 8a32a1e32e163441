import type { Environment } from '../../src/context.ts';
import { type JobServices, jobServices } from '../../src/services/job-services.ts';
import type { Service } from '../../src/services/service.ts';
import { job } from '../support/job.ts';
import { settingsOf } from '../support/settings.ts';

/** A variable of a job response: public, of the job's file, unless it says otherwise. */
export const variable = (key: string, value: string, more: object = {}) => ({ key, value, public: true, ...more });

export interface Given {
  /** Of the job response. */
  readonly services?: readonly object[];
  readonly change?: Record<string, unknown>;
  /** Top-level settings, and tables. */
  readonly top?: string;
  readonly tables?: string;
  readonly env?: Environment;
}

export const servicesOf = ({ services = [], change = {}, top = '', tables = '', env = {} }: Given): JobServices =>
  jobServices(job({ services, ...change }), settingsOf(top, tables), env);

/** The only service of a job that has one. */
export function oneService(service: object, given: Omit<Given, 'services'> = {}): Service {
  const [first] = servicesOf({ ...given, services: [{ name: 'postgres:16', ...service }] }).services;
  if (!first) throw new Error('there is no service');
  return first;
}
