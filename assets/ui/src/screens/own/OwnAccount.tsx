import { useEffect, useRef } from 'preact/hooks';
import { Problem, signedOut } from '../../core/api';
import { useLoad } from '../../core/load';
import { me } from '../../core/session';
import { Refusal, Skeleton } from '../../kit';
import type { Part } from '../../entry/account';
import { t } from '../../i18n';

let tries = 0;
/** A script that could not be fetched is remembered by its address, so the next try has another one. */
async function fetchScript(): Promise<typeof import('../../entry/account')> {
  try {
    return await import(tries === 0 ? '/ui/account.js' : `/ui/account.js?try=${tries}`);
  } catch {
    tries += 1;
    throw new Problem(0, 'away', t.errors.away, [], '');
  }
}

/** The account, or its second factor, in a script of its own. */
export function OwnAccount({ part }: { part: Part }) {
  const script = useLoad(fetchScript, []);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => (script.value && me.value ? script.value.mount(box.current!, part, me.value, signedOut) : undefined), [script.value, part]);
  return (
    <>
      {!script.value && (script.problem ? <Refusal problem={script.problem} retry={script.reload} /> : <Skeleton lines={8} />)}
      <div ref={box} />
    </>
  );
}
