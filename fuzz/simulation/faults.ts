import type { BrokerHost } from './broker-host.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { Link } from './link.ts';
import type { Network } from './network.ts';
import type { World } from './world.ts';

interface Stage {
  readonly world: World;
  readonly network: Network;
  readonly host: BrokerHost;
}

/** Lets each fault happen when its time has come. */
export function scheduleFaults(faults: readonly FaultPlan[], stage: Stage): void {
  for (const fault of faults) stage.world.after(fault.atMs, () => strike(fault, stage));
}

function strike(fault: FaultPlan, { world, network, host }: Stage): void {
  world.log(`fault: ${JSON.stringify(fault)}`);
  switch (fault.kind) {
    case 'crash':
      return host.crash(fault.forMs);
    case 'refuse-dials':
      return network.refuseDials(fault.forMs);
    case 'ignore-dials':
      return network.ignoreDials(fault.forMs);
    case 'slow-commits':
      return host.commitSlowly(fault.commitMaxMs, fault.forMs);
    case 'wrong-turns':
      return host.misbehave(fault.turns);
    case 'cut':
    case 'stall':
    case 'sever':
    case 'mute':
    case 'take-over': {
      const open = network.open();
      const link = open[Math.floor(fault.which * open.length)];
      if (link !== undefined) strikeLink(fault, link, host);
    }
  }
}

type LinkFault = Extract<FaultPlan, { which: number }>;

function strikeLink(fault: LinkFault, link: Link, host: BrokerHost): void {
  switch (fault.kind) {
    case 'cut':
      return link.cutAfter(fault.direction, fault.afterBytes);
    case 'stall':
      return link[fault.direction].stall(fault.forMs);
    case 'sever':
      return link.sever();
    case 'mute':
      return link.mute();
    case 'take-over':
      return host.takeOver(link, fault.forMs);
  }
}
