import { useSignal } from '@preact/signals';
import { get, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { query, setQuery } from '../../core/router';
import { Badge, Choice, Empty, Notice, Refusal, Shown, Text, useAction } from '../../kit';
import { More, usePages } from '../../kit/pages';
import { say, t, word } from '../../i18n';
import { dateTime, number } from '../../i18n/format';

const isId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Who did what, newest first. Filters stand in the address, so that one search can be handed on. */
export function Audit() {
  const [actor, patient, action, outcome] = [query('actor'), query('patient'), query('action'), query('outcome') as Schemas['AuditOutcome'] | ''];
  const pages = usePages();
  const wrong = (id: string): string | undefined => (id && !isId.test(id) ? t.audit.notAnId : undefined);
  const records = useLoad((signal) => get('/audit/all', {
    query: {
      actorId: isId.test(actor) ? actor : undefined, patientId: isId.test(patient) ? patient : undefined,
      action: action || undefined, outcome: outcome || undefined, limit: pages.size,
    }, signal,
  }), [actor, patient, action, outcome, pages.size]);
  return (
    <div class="stack">
      <div class="row between"><h1>{t.audit.title}</h1><Verify /></div>
      <div class="fields">
        <Text label={t.audit.actor} value={actor} most={36} error={wrong(actor)} onText={(text) => setQuery('actor', text.trim())} />
        <Text label={t.audit.patient} value={patient} most={36} error={wrong(patient)} onText={(text) => setQuery('patient', text.trim())} />
        <Text label={t.audit.action} value={action} most={60} onText={(text) => setQuery('action', text.trim())} />
        <Choice label={t.audit.outcome} value={outcome as string} of={[['', t.people.all], ...Object.entries(t.auditOutcome)]} onChoice={(value) => setQuery('outcome', value)} />
      </div>
      <Shown of={records}>
        {({ items, nextCursor }) => items.length === 0 ? <Empty>{t.audit.none}</Empty> : (
          <>
            <table class="cards">
              <caption class="hidden-text">{t.audit.title}</caption>
              <thead><tr><th>{t.audit.when}</th><th>{t.audit.who}</th><th>{t.audit.what}</th><th>{t.audit.outcome}</th><th>{t.audit.where}</th></tr></thead>
              <tbody>
                {items.map((one) => (
                  <tr key={one.id}>
                    <td class="nowrap" data-label={t.audit.when}>{dateTime(one.at)}</td>
                    <td data-label={t.audit.who}>{one.actorId ? <a href={`/admin/people/${one.actorId}`}>{one.actorName ?? one.actorId.slice(-8)}</a> : one.actorName ?? word(t.role, one.actorRole)}</td>
                    <td data-label={t.audit.what}>
                      {say(one.actionText)} <span class="muted small" lang="en">{one.action}</span>
                      {one.change && <p class="small" lang="en">{one.change}</p>}
                      {(one.reason ?? one.why) && <p class="small">{t.reason}: {one.reason ?? one.why}</p>}
                      {one.patientId && <p class="small"><a href={`/admin/people/${one.patientId}`}>{t.audit.aboutPatient} <span lang="en">…{one.patientId.slice(-6)}</span></a></p>}
                    </td>
                    <td data-label={t.audit.outcome}><Badge tone={one.outcome === 'DONE' ? 'success' : 'warning'}>{word(t.auditOutcome, one.outcome)}</Badge></td>
                    <td class="number" data-label={t.audit.where}>{one.ip ?? '–'}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <More pages={pages} shown={items.length} more={Boolean(nextCursor)} />
          </>
        )}
      </Shown>
    </div>
  );
}

/** Walks the whole chain of records; each holds the hash of the one before. */
function Verify() {
  const result = useSignal<Schemas['ChainVerification'] | undefined>(undefined);
  const verifying = useAction(async () => { result.value = undefined; result.value = await get('/audit/verify'); });
  return (
    <div class="row">
      {verifying.problem && <Refusal problem={verifying.problem} />}
      {result.value && (result.value.valid
        ? <Notice tone="success" live>{t.audit.whole(number(result.value.records, 0))}</Notice>
        : <Notice tone="danger" live>{t.audit.broken}: {result.value.fault}</Notice>)}
      <button type="button" disabled={verifying.isBusy} onClick={() => void verifying.run()}>{verifying.isBusy ? t.audit.verifying : t.audit.verify}</button>
    </div>
  );
}
