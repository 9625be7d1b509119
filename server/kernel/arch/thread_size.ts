/** THREAD_SIZE: bytes of a kernel stack. */
import { constantTable } from '../../profiles/constantTable';
import type { MachineConfig } from '../../profiles/machineConfig';
import type { Profile } from '../../profiles/profile';

export const threadSize = ({
  profile,
  config,
}: {
  readonly profile: Profile;
  readonly config: MachineConfig;
}): number => Number(constantTable(profile, config).get('THREAD_SIZE')?.value);
