import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { get, newKey, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { Badge, Notice, ReasonDialog, Shown } from '../../kit';
import { t, word } from '../../i18n';
import { dateTime, number } from '../../i18n/format';

const mebibytes = (bytes: number): string => `${number(bytes / 1024 / 1024, 1)} MiB`;

/** A part that has ended has done all there was to do. */
const isWell = (part: Schemas['ServerPart']): boolean => part.state === 'ALIVE' || part.state === 'ENDED';

/** How the server is doing, in words; each line that wants something says so. */
export function Health() {
  const status = useLoad((signal) => get('/admin/status', { signal }), []);
  return (
    <div class="stack">
      <div class="row between"><h1>{t.health.title}</h1><button type="button" onClick={status.reload}>{t.health.again}</button></div>
      <Shown of={status}>{(value) => <Lines value={value} onChange={status.reload} />}</Shown>
    </div>
  );
}

function Lines({ value, onChange }: { value: Schemas['ServerStatus']; onChange: () => void }) {
  const asking = useSignal<'clock' | 'losses' | undefined>(undefined);
  const dead = value.jobs.filter((one) => one.state === 'DEAD').reduce((sum, one) => sum + one.count, 0);
  const faults = [
    ...value.damaged.map((one) => `${one.what}: ${one.why}`), ...value.dataFile.damage,
    ...(value.storeWritable ? [] : [t.health.notWritable]), ...(value.clock.believed ? [] : [t.health.clockDoubted]),
    ...value.parts.filter((part) => !isWell(part)).map((part) => `${part.name}: ${word(t.partState, part.state)} ${part.why ?? ''}`),
  ];
  return (
    <>
      {faults.length === 0 ? <Notice tone="success">{t.health.fine}</Notice> : <Notice tone="danger"><ul>{faults.map((fault) => <li key={fault}>{fault}</li>)}</ul></Notice>}
      {(!value.clock.believed || value.damaged.length > 0) && (
        <div class="row">
          {!value.clock.believed && <button type="button" onClick={() => { asking.value = 'clock'; }}>{t.health.confirmClock}</button>}
          {value.damaged.length > 0 && <button type="button" onClick={() => { asking.value = 'losses'; }}>{t.health.acknowledge}</button>}
        </div>
      )}
      {asking.value === 'clock' && (
        <ReasonDialog title={t.health.confirmClock} text={t.health.confirmClockText(dateTime(value.clock.shows))} label={t.health.howChecked} action={t.health.confirmClock} onClose={() => { asking.value = undefined; }}
          onDone={async (reason) => { await post('/admin/clock/confirm', { body: { reason }, key: newKey() }); asking.value = undefined; onChange(); }} />
      )}
      {asking.value === 'losses' && (
        <ReasonDialog title={t.health.acknowledge} text={t.health.acknowledgeText} label={t.health.decided} action={t.health.acknowledge} danger onClose={() => { asking.value = undefined; }}
          onDone={async (reason) => { await post('/admin/damage/acknowledge', { body: { reason }, key: newKey() }); asking.value = undefined; onChange(); }} />
      )}
      <div class="columns">
        <Box title={t.health.server}>
          <dt>{t.health.version}</dt><dd lang="en">{value.version}</dd>
          <dt>{t.health.clock}</dt><dd>{dateTime(value.clock.shows)} {!value.clock.believed && <Badge tone="danger">{t.health.clockDoubted}</Badge>}</dd>
          {value.memoryBytes && [<dt key="t">{t.health.memory}</dt>, <dd key="d" class="number">{mebibytes(value.memoryBytes)}</dd>]}
        </Box>
        <Box title={t.health.data}>
          <dt>{t.health.writable}</dt><dd>{value.storeWritable ? t.yes : <Badge tone="danger">{t.no}</Badge>}</dd>
          {value.dataFile.bytes && [<dt key="t">{t.health.size}</dt>, <dd key="d" class="number">{mebibytes(value.dataFile.bytes)}{value.dataFile.worthCompacting && <p class="muted small">{t.health.compact}</p>}</dd>]}
          <dt>{t.health.writes}</dt><dd class="number">{number(value.writes, 0)}</dd>
        </Box>
        <Box title={t.health.channels}>
          {(Object.entries(value.channels) as [string, Schemas['ChannelStatus'] | null][]).map(([name, channel]) => channel && [
            <dt key={`${name}-name`}>{word(t.channel, name)}</dt>,
            <dd key={name}>
              <Badge tone={channel.state === 'CONFIGURED' ? 'success' : channel.state === 'FAILING' ? 'danger' : undefined}>{word(t.channelState, channel.state)}</Badge>
              {channel.failingSince && <p class="small">{t.health.since} {dateTime(channel.failingSince)}</p>}
              {channel.lastError && <p class="small" lang="en">{channel.lastError}</p>}
              {channel.waitingJobs > 0 && <p class="small">{t.health.waiting(channel.waitingJobs)}</p>}
            </dd>,
          ])}
        </Box>
        <Box title={t.jobs.title}>
          <dt>{t.jobState.DEAD}</dt>
          <dd>{dead === 0 ? <Badge tone="success">{t.jobs.noneDead}</Badge> : <a href="/admin/jobs?state=DEAD"><Badge tone="danger">{number(dead, 0)}</Badge></a>}</dd>
        </Box>
        <Box title={t.health.parts}>
          {value.parts.map((part) => [
            <dt key={`${part.name}-name`} lang="en">{part.name}</dt>,
            <dd key={part.name}><Badge tone={isWell(part) ? 'success' : 'danger'}>{word(t.partState, part.state)}</Badge>{part.restarts > 0 && <span class="small"> {t.health.restarts(part.restarts)}</span>}</dd>,
          ])}
        </Box>
      </div>
    </>
  );
}

function Box({ title, children }: { title: string; children: ComponentChildren }) {
  return <section class="card stack tight" aria-label={title}><h2>{title}</h2><dl class="facts">{children}</dl></section>;
}
