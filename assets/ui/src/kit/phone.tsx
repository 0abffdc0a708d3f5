// What stands around the screens of a phone: the name on top, the places below, always as a picture with a word.
import { signal } from '@preact/signals';
import { render, type ComponentChildren, type JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Problem, Schemas } from '../core/api';
import { here, startRouter } from '../core/router';
import { enterOwn, isAway, root, startWorker } from '../core/own';
import { me } from '../core/session';
import { showTextSize } from '../core/text-size';
import { Empty, Refusal, Skeleton } from '.';
import { LanguageSwitch } from './language';
import { t } from '../i18n';
import { d, o } from '../i18n/own';

export interface Spot {
  address: string;
  text: string;
  icon: keyof typeof icons;
  /** What waits for an answer. */
  count?: number;
}

const icons = {
  day: <path d="M12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.2 2.2M16.2 16.2l2.2 2.2M18.4 5.6l-2.2 2.2M7.8 16.2l-2.2 2.2M12 8.2a3.8 3.8 0 1 1 0 7.6 3.8 3.8 0 0 1 0-7.6z" />,
  pill: <path d="M10.5 20.2a4.7 4.7 0 0 1-6.7-6.7l9.7-9.7a4.7 4.7 0 0 1 6.7 6.7zM8.6 8.6l6.8 6.8" />,
  heart: <path d="M12 20S4 15 4 9.2A4.2 4.2 0 0 1 12 7a4.2 4.2 0 0 1 8 2.2C20 15 12 20 12 20z" />,
  people: <path d="M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-4 3-6.5 6.5-6.5s6.5 2.5 6.5 6.5M16 4.4a3.5 3.5 0 0 1 0 6.3M18 13.9c2.2.9 3.5 3.2 3.5 6.1" />,
  more: <path d="M4 7h16M4 12h16M4 17h16" />,
} satisfies Record<string, JSX.Element>;

export function Icon({ of }: { of: keyof typeof icons }) {
  return <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{icons[of]}</svg>;
}

export function Phone({ spots, title, children, notSent }: { spots: Spot[]; title: string; children: ComponentChildren; notSent?: number }) {
  const main = useRef<HTMLElement>(null);
  const address = here.value.split('?')[0]!;
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) main.current?.focus();
    first.current = false;
  }, [address]);
  useEffect(() => { document.title = `${title} · Das Tern`; }, [title]);
  const isHere = (spot: Spot): boolean => address === spot.address || (spot.address !== root && address.startsWith(`${spot.address}/`));
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>{t.skip}</a>
      <header class="top phone">
        <a class="brand" href={spots[0]!.address}>ដាស់តឿន</a>
        <div class="end">
          {isAway.value && <span class="badge warning" role="status">{o.today.awayShort}</span>}
          {notSent ? <span class="badge info" role="status">{o.today.notSent} {d(notSent)}</span> : null}
          <span class="person nowrap">{me.value?.fullName}</span>
          <LanguageSwitch />
        </div>
      </header>
      <main id="main" class="phone" tabIndex={-1} ref={main}>{children}</main>
      <nav class="spots" aria-label={t.menu}>
        <ul>
          {spots.map((spot) => (
            <li key={spot.address}>
              <a href={spot.address} aria-current={isHere(spot) ? 'page' : undefined}>
                <Icon of={spot.icon} />
                <span>{spot.text}{spot.count ? <span class="count number">{spot.count}</span> : null}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </>
  );
}

/** Big rows that lead on, or do something. */
export function Rows({ of }: { of: { address: string; text: string; count?: number }[] }) {
  return (
    <ul class="rows card">
      {of.map((row) => <li key={row.address}><a href={row.address}><span>{row.text}{row.count ? <span class="count number">{row.count}</span> : null}</span><span aria-hidden="true">›</span></a></li>)}
    </ul>
  );
}

/** What is shown where there is no page. */
export function nowhere(): { title: string; view: JSX.Element } {
  return { title: t.notFound.title, view: <Empty><h1>{t.notFound.title}</h1><p><a href={root}>{t.notFound.home}</a></p></Empty> };
}

/** Starts the pages of one script: who is signed in, then the screen that the address names. */
export function startPhone(spots: () => Spot[], screen: () => { title: string; view: JSX.Element }, notSent: () => number, begin: (person: Schemas['Profile']) => Promise<void>): void {
  const failed = signal<Problem | undefined>(undefined);
  const Desk = () => {
    const { title, view } = screen();
    return <Phone spots={spots()} title={title} notSent={notSent()}>{view}</Phone>;
  };
  const Pages = () => {
    if (failed.value) return <main><Refusal problem={failed.value} retry={() => location.reload()} /></main>;
    return me.value ? <Desk /> : <main><Skeleton lines={8} /></main>;
  };
  showTextSize();
  startRouter(root);
  render(<Pages />, document.getElementById('app')!);
  enterOwn(begin).catch((problem: Problem) => { if (problem.status !== 401) failed.value = problem; });
  startWorker();
}
