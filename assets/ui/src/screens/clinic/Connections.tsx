import { useSignal } from '@preact/signals';
import { get, newKey, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { query } from '../../core/router';
import { Badge, Empty, ErrorSummary, Notice, ReasonDialog, Refusal, Shown, Tabs, Text, useAction } from '../../kit';
import { More, usePages } from '../../kit/pages';
import { t, word } from '../../i18n';
import { ago, date, plainDigits } from '../../i18n/format';

type Connection = Schemas['Connection'];
type Status = Schemas['ConnectionStatus'];

/** Who shares what with the doctor. */
export function Connections() {
  const status = (query('status') || 'PENDING') as Status;
  const pages = usePages();
  const all = useLoad((signal) => get('/connections', { query: { status, limit: pages.size }, signal }), [status, pages.size], ['connection.changed']);
  const states: Status[] = ['PENDING', 'ACCEPTED', 'REVOKED', 'DECLINED', 'EXPIRED'];
  return (
    <div class="stack">
      <h1>{t.connections.title}</h1>
      <div class="split">
        <div class="stack">
          <Tabs label={t.connections.title} current={`/clinic/connections?status=${status}`} of={states.map((one) => ({ address: `/clinic/connections?status=${one}`, text: t.connectionStatus[one] }))} />
          <Shown of={all}>
            {({ items, nextCursor }) => (
              <>
                {items.length === 0 ? <Empty>{t.connections.none}</Empty> : <ul class="stack tight">{items.map((one) => <li key={one.id}><RequestCard connection={one} onChange={all.reload} /></li>)}</ul>}
                <More pages={pages} shown={items.length} more={Boolean(nextCursor)} />
              </>
            )}
          </Shown>
        </div>
        <Pair onDone={all.reload} />
      </div>
    </div>
  );
}

export function RequestCard({ connection, onChange }: { connection: Connection; onChange: () => void }) {
  const ending = useSignal(false);
  const isOwn = connection.requestedBy === connection.carerId;
  const path = { id: connection.id };
  const answering = useAction(async (what: 'accept' | 'decline') => {
    if (what === 'accept') await post('/connections/{id}/accept', { path, body: {}, key: newKey() });
    else await post('/connections/{id}/decline', { path, key: newKey() });
    onChange();
  });
  const name = connection.other?.fullName ?? t.connections.nameless;
  return (
    <article class="alert-card">
      <div class="row between">
        {connection.status === 'ACCEPTED' ? <a href={`/clinic/patients/${connection.patientId}`}><b>{name}</b></a> : <b>{name}</b>}
        <Badge>{word(t.connectionStatus, connection.status)}</Badge>
      </div>
      {connection.status === 'PENDING' && <p class="muted">{isOwn ? t.connections.waits : t.connections.asks}</p>}
      {connection.status === 'ACCEPTED' && (
        <p>
          {word(t.level, connection.permissionLevel)}
          {connection.scopes.length > 0 && `: ${connection.scopes.map((scope) => word(t.scope, scope)).join(', ')}`}
          {connection.expiresAt && ` · ${t.connections.until} ${date(connection.expiresAt)}`}
        </p>
      )}
      <div class="row between">
        <span class="muted small">{ago(connection.updatedAt)}</span>
        <div class="row">
          {connection.status === 'PENDING' && !isOwn && (
            <>
              <button type="button" class="small primary" disabled={answering.isBusy} onClick={() => void answering.run('accept')}>{t.connections.accept}<span class="hidden-text"> {name}</span></button>
              <button type="button" class="small" disabled={answering.isBusy} onClick={() => void answering.run('decline')}>{t.connections.decline}<span class="hidden-text"> {name}</span></button>
            </>
          )}
          {(connection.status === 'ACCEPTED' || (connection.status === 'PENDING' && isOwn)) && (
            <button type="button" class="small danger" onClick={() => { ending.value = true; }}>{connection.status === 'PENDING' ? t.connections.takeBack : t.connections.end}<span class="hidden-text"> {name}</span></button>
          )}
        </div>
      </div>
      {answering.problem && <Refusal problem={answering.problem} />}
      {ending.value && (
        <ReasonDialog title={`${t.connections.end}: ${name}`} text={t.connections.endText} label={t.reason} action={t.connections.end} danger onClose={() => { ending.value = false; }}
          onDone={async (reason) => {
            await post('/connections/{id}/revoke', { path, body: { reason }, key: newKey() });
            ending.value = false;
            onChange();
          }} />
      )}
    </article>
  );
}

/** Connects by the code that a patient shows: first who it is, then yes. */
function Pair({ onDone }: { onDone: () => void }) {
  const code = useSignal('');
  const errors = useSignal<{ id: string; text: string }[]>([]);
  const seen = useSignal<Schemas['ConnectionCodePreview'] | undefined>(undefined);
  const done = useSignal(false);
  const looking = useAction(async () => {
    done.value = false;
    errors.value = code.value.trim() ? [] : [{ id: 'pair-code', text: t.connections.codeMissing }];
    if (errors.value.length > 0) return;
    seen.value = await post('/connections/codes/preview', { body: { code: plainDigits(code.value).trim() } });
  });
  const redeeming = useAction(async () => {
    await post('/connections/codes/redeem', { body: { code: plainDigits(code.value).trim() }, key: newKey() });
    seen.value = undefined;
    code.value = '';
    done.value = true;
    onDone();
  });
  return (
    <section class="card stack" aria-labelledby="pair">
      <h2 id="pair">{t.connections.pair}</h2>
      <p class="muted">{t.connections.pairHow}</p>
      <ErrorSummary errors={errors.value} />
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void looking.run(); }}>
        <Text id="pair-code" label={t.connections.code} value={code.value} most={20} error={errors.value[0]?.text} onText={(text) => { code.value = text; seen.value = undefined; }} />
        {!seen.value && <button type="submit" disabled={looking.isBusy}>{t.connections.look}</button>}
      </form>
      {(looking.problem ?? redeeming.problem) && <Refusal problem={(looking.problem ?? redeeming.problem)!} />}
      {seen.value && (
        <div class="stack tight">
          <Notice tone="info" live><b>{seen.value.patientName}</b>: {word(t.level, seen.value.permissionLevel)}{seen.value.scopes.length > 0 && `: ${seen.value.scopes.map((scope) => word(t.scope, scope)).join(', ')}`}</Notice>
          <button type="button" class="primary" disabled={redeeming.isBusy} onClick={() => void redeeming.run()}>{t.connections.connect}</button>
        </div>
      )}
      {done.value && <Notice tone="success" live>{t.connections.connected}</Notice>}
    </section>
  );
}
