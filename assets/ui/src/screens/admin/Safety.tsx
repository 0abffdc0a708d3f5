import { useSignal } from '@preact/signals';
import { get, newKey, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { query, setQuery } from '../../core/router';
import { me } from '../../core/session';
import { Badge, Choice, Empty, Notice, ReasonDialog, Shown, Tabs, Text, type Tone } from '../../kit';
import { DayFields, dayFault, dayOf, FormDialog } from '../../kit/form';
import { More, usePages } from '../../kit/pages';
import { say, t, word } from '../../i18n';
import { dateTime, daysAfter, dayTyped, number, today, type DayTyped } from '../../i18n/format';
import { ImportRules } from './SafetyImport';

type Rule = Schemas['SafetyRule'];
type Tier = Schemas['FindingTier'];

/** What prescriptions are held against: how it stands, the rules, how often they spoke, and files that take their place. */
export function Safety({ tab }: { tab: string }) {
  const tabs = [
    { address: '/admin/safety', text: t.safety.rules }, { address: '/admin/safety/statistics', text: t.safety.statistics }, { address: '/admin/safety/files', text: t.safety.files },
  ];
  return (
    <div class="stack">
      <h1>{t.safety.title}</h1>
      <Tabs label={t.safety.title} of={tabs} current={tab === 'rules' ? '/admin/safety' : `/admin/safety/${tab}`} />
      {tab === 'rules' && <><Standing /><Rules /></>}
      {tab === 'statistics' && <Statistics />}
      {tab === 'files' && <ImportRules />}
    </div>
  );
}

function Standing() {
  const status = useLoad((signal) => get('/safety/status', { signal }), []);
  return (
    <Shown of={status} lines={3}>
      {(value) => (
        <section class="card stack tight" aria-label={t.safety.standing}>
          <p>{t.safety.counts(value.rules, value.stop, value.warn, value.note)}</p>
          <p>{t.safety.founded(value.verified, value.khmerUnreviewed, value.suppressed)}</p>
          {value.rules === 0 && <Notice tone="danger">{t.safety.nothingChecked}</Notice>}
          {value.faults.length > 0 && <Notice tone="danger"><ul>{value.faults.map((fault) => <li key={fault.file + fault.line + fault.column} lang="en">{fault.file}:{fault.line} {fault.column}: {fault.sentence}</li>)}</ul></Notice>}
          {value.ingredientsWithoutRule.length > 0 && (
            <details><summary>{t.safety.without(value.ingredientsWithoutRule.length)}</summary><p class="small" lang="en">{value.ingredientsWithoutRule.join(', ')}</p></details>
          )}
        </section>
      )}
    </Shown>
  );
}

function Rules() {
  const [tier, kind, state, text] = [query('tier'), query('kind'), query('state'), query('search')];
  const pages = usePages();
  const rules = useLoad((signal) => get('/safety/rules', {
    query: { tier: (tier || undefined) as Tier, kind: (kind || undefined) as Schemas['SafetyRuleKind'], state: (state || undefined) as Schemas['SafetyRuleState'], query: text.trim() || undefined, limit: pages.size }, signal,
  }), [tier, kind, state, text, pages.size]);
  const all: [string, string] = ['', t.people.all];
  return (
    <>
      <div class="fields">
        <Text label={t.safety.search} kind="search" value={text} most={100} onText={(value) => setQuery('search', value)} />
        <Choice label={t.safety.tier} value={tier} of={[all, ...Object.entries(t.tier)]} onChoice={(value) => setQuery('tier', value)} />
        <Choice label={t.safety.kind} value={kind} of={[all, ...Object.entries(t.ruleKind)]} onChoice={(value) => setQuery('kind', value)} />
        <Choice label={t.safety.state} value={state} of={[all, ...Object.entries(t.ruleState)]} onChoice={(value) => setQuery('state', value)} />
      </div>
      <Shown of={rules}>
        {({ items, nextCursor }) => items.length === 0 ? <Empty>{t.safety.none}</Empty> : (
          <>
            <ul class="stack tight">{items.map((rule) => <li key={rule.id}><RuleCard rule={rule} onChange={rules.reload} /></li>)}</ul>
            <More pages={pages} shown={items.length} more={Boolean(nextCursor)} />
          </>
        )}
      </Shown>
    </>
  );
}

const tones: Record<Tier, Tone> = { STOP: 'danger', WARN: 'warning', NOTE: 'info' };

function RuleCard({ rule, onChange }: { rule: Rule; onChange: () => void }) {
  const asking = useSignal<'suppress' | 'restore' | 'confirm' | undefined>(undefined);
  const close = (): void => { asking.value = undefined; };
  const done = (): void => { close(); onChange(); };
  const path = { id: rule.id };
  const isDecided = Boolean(rule.confirmation) || Boolean(rule.suppression);
  return (
    <article class={`alert-card ${rule.tier === 'STOP' ? 'CRITICAL' : rule.tier === 'WARN' ? 'HIGH' : ''}`}>
      <div class="row between">
        <b lang="en">{rule.about}</b>
        <div class="row">
          <Badge tone={tones[rule.tier]}>{word(t.tier, rule.tier)}</Badge><Badge>{word(t.ruleKind, rule.kind)}</Badge>
          {rule.suppression && <Badge tone="warning">{t.ruleState.SUPPRESSED}</Badge>}
          {rule.confirmation ? <Badge tone="success">{t.ruleState.CONFIRMED}</Badge> : !rule.verified && <Badge tone="warning">{t.ruleState.UNVERIFIED}</Badge>}
        </div>
      </div>
      <p><b>{say(rule.effect)}</b></p>
      <p>{say(rule.action)}</p>
      <p class="small muted"><span lang="en">{rule.id} · {rule.source}{rule.year ? ` (${rule.year})` : ''}</span>{!rule.khmerReviewed && ` · ${t.safety.khmerUnread}`}</p>
      {rule.confirmation && <p class="small">{t.safety.confirmedAs}: {rule.confirmation.qualification}, {dateTime(rule.confirmation.confirmedAt)}</p>}
      {rule.suppression && <p class="small">{t.safety.silentUntil} {dateTime(rule.suppression.until)}: {rule.suppression.reason}</p>}
      {rule.tierWhenConfirmed && <p class="small muted">{t.safety.whenConfirmed}: {word(t.tier, rule.tierWhenConfirmed)}</p>}
      <div class="row">
        {!rule.suppression && <button type="button" class="small danger" onClick={() => { asking.value = 'suppress'; }}>{t.safety.suppress}<span class="hidden-text"> {rule.id}</span></button>}
        {isDecided && <button type="button" class="small" onClick={() => { asking.value = 'restore'; }}>{t.safety.restore}<span class="hidden-text"> {rule.id}</span></button>}
        {!rule.confirmation && me.value?.clinicalReviewer && <button type="button" class="small" onClick={() => { asking.value = 'confirm'; }}>{t.safety.confirm}<span class="hidden-text"> {rule.id}</span></button>}
      </div>
      {asking.value === 'suppress' && <Suppress rule={rule} onDone={done} onClose={close} />}
      {asking.value === 'restore' && (
        <ReasonDialog title={`${t.safety.restore}: ${rule.id}`} text={t.safety.restoreText} label={t.reason} action={t.safety.restore} onClose={close}
          onDone={async (reason) => { await post('/safety/rules/{id}/restore', { path, body: { reason }, key: newKey() }); done(); }} />
      )}
      {asking.value === 'confirm' && (
        <FormDialog title={`${t.safety.confirm}: ${rule.id}`} text={t.safety.confirmText} action={t.safety.confirm} onClose={close}
          onSend={async () => { await post('/safety/rules/{id}/confirm', { path, body: {}, key: newKey() }); done(); }} />
      )}
    </article>
  );
}

/** Silences a rule for a while: for how long at most, the server says by its tier. */
function Suppress({ rule, onDone, onClose }: { rule: Rule; onDone: () => void; onClose: () => void }) {
  const reason = useSignal('');
  const until = useSignal<DayTyped>(dayTyped(daysAfter(today(), 30)));
  return (
    <FormDialog title={`${t.safety.suppress}: ${rule.id}`} text={t.safety.suppressText} action={t.safety.suppress} danger onClose={onClose}
      faults={() => [...(reason.value.trim().length >= 3 ? [] : [{ id: 'suppress-reason', text: t.errors.reason }]), ...dayFault('suppress-until', until.value, true)]}
      onSend={async () => {
        const day = dayOf(until.value);
        if (!day) return;
        await post('/safety/rules/{id}/suppress', { path: { id: rule.id }, body: { reason: reason.value.trim(), until: `${day}T23:59:00+07:00` }, key: newKey() });
        onDone();
      }}>
      {(wrong) => (
        <>
          <Text id="suppress-reason" label={t.reason} most={500} value={reason.value} error={wrong('suppress-reason')} onText={(text) => { reason.value = text; }} />
          <DayFields id="suppress-until" label={t.safety.until} value={until.value} error={wrong('suppress-until')} onDay={(day) => { until.value = day; }} />
        </>
      )}
    </FormDialog>
  );
}

/** How often rules spoke in what was signed: one that is overridden nearly always is no warning any more. */
function Statistics() {
  const months = query('months') || '3';
  const all = useLoad((signal) => get('/safety/statistics', { query: { months: Number(months) }, signal }), [months]);
  return (
    <div class="stack">
      <div class="fields"><Choice label={t.safety.months} value={months} of={['1', '3', '12', '60'].map((count) => [count, t.safety.lastMonths(Number(count))])} onChoice={(value) => setQuery('months', value)} /></div>
      <p class="muted">{t.safety.statisticsText}</p>
      <Shown of={all}>
        {({ items }) => items.length === 0 ? <Empty>{t.safety.noneSpoke}</Empty> : (
          <table class="cards">
            <caption class="hidden-text">{t.safety.statistics}</caption>
            <thead><tr><th>{t.safety.rule}</th><th>{t.safety.fired}</th><th>{t.safety.overridden}</th><th>{t.safety.share}</th><th>{t.safety.reasons}</th></tr></thead>
            <tbody>
              {[...items].sort((a, b) => b.fired - a.fired).map((one) => (
                <tr key={one.ruleId}>
                  <th scope="row" lang="en"><a href={`/admin/safety?search=${encodeURIComponent(one.ruleId)}`}>{one.ruleId}</a></th>
                  <td class="number" data-label={t.safety.fired}>{number(one.fired, 0)}</td>
                  <td class="number" data-label={t.safety.overridden}>{number(one.overridden, 0)}</td>
                  <td class="number" data-label={t.safety.share}>{one.fired === 0 ? '–' : `${number((one.overridden / one.fired) * 100, 0)}%`}</td>
                  <td data-label={t.safety.reasons}>{one.reasons.map((reason) => `${word(t.override, reason.reason)} ${reason.count}`).join(', ') || '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Shown>
    </div>
  );
}

