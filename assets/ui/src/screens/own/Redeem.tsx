import { useSignal } from '@preact/signals';
import { newKey, post, type Schemas } from '../../core/api';
import { ErrorSummary, Notice, Refusal, Text, useAction } from '../../kit';
import { word } from '../../i18n';
import { plainDigits } from '../../i18n/format';
import { o } from '../../i18n/own';

/** The other side: a code that somebody was given; first whose it is, then yes. */
export function Redeem({ onDone }: { onDone: () => void }) {
  const code = useSignal('');
  const errors = useSignal<{ id: string; text: string }[]>([]);
  const seen = useSignal<Schemas['ConnectionCodePreview'] | undefined>(undefined);
  const done = useSignal(false);
  const typed = (): string => plainDigits(code.value).replace(/\s/g, '');
  const looking = useAction(async () => {
    done.value = false;
    errors.value = typed() ? [] : [{ id: 'code', text: o.invite.codeMissing }];
    if (errors.value.length > 0) return;
    seen.value = await post('/connections/codes/preview', { body: { code: typed() } });
  });
  const connecting = useAction(async () => {
    await post('/connections/codes/redeem', { body: { code: typed() }, key: newKey() });
    seen.value = undefined;
    code.value = '';
    done.value = true;
    onDone();
  });
  const problem = looking.problem ?? connecting.problem;
  return (
    <section class="card stack" aria-labelledby="redeem">
      <h2 id="redeem">{o.invite.enter}</h2>
      <p>{o.invite.enterText}</p>
      <ErrorSummary errors={errors.value} />
      <form class="stack tight" noValidate onSubmit={(event) => { event.preventDefault(); void looking.run(); }}>
        <Text id="code" label={o.invite.code} most={20} value={code.value} error={errors.value[0]?.text} onText={(text) => { code.value = text; seen.value = undefined; }} />
        {!seen.value && <button type="submit" class="big" disabled={looking.isBusy}>{o.invite.look}</button>}
      </form>
      {problem && <Refusal problem={problem} />}
      {seen.value && (
        <>
          <Notice tone="info" live>{o.invite.whose} <b>{seen.value.patientName}</b>{seen.value.scopes.length > 0 && `: ${seen.value.scopes.map((scope) => word(o.people.scope, scope)).join(', ')}`}</Notice>
          <button type="button" class="primary big" disabled={connecting.isBusy} onClick={() => void connecting.run()}>{o.invite.connect}</button>
        </>
      )}
      {done.value && <Notice tone="success" live>{o.invite.connected}</Notice>}
    </section>
  );
}
