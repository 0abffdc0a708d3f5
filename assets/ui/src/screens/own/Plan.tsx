import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, newKey, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { me } from '../../core/session';
import { Badge, Dialog, Notice, Refusal, Shown, useAction } from '../../kit';
import { t, word } from '../../i18n';
import { date, number } from '../../i18n/format';
import { d, o } from '../../i18n/own';

type Payment = Schemas['Payment'];

/** `20,000 ៛`, `0.50 $`. Amounts are text of the server and are not computed with. */
function price({ amount, currency }: { amount: string; currency: string }): string {
  return currency === 'KHR' ? `${number(Number(amount))} ៛` : `${amount} $`;
}

/** What somebody has, what there is, and paying for it by the app of a bank. */
export function Plan() {
  const own = useLoad((signal) => get('/subscriptions/me', { signal }), [], ['notification.created']);
  const plans = useLoad((signal) => get('/subscriptions/plans', { signal }), []);
  const offers = useLoad((signal) => get('/bakong-payment/plans', { signal }), []);
  const limits = useLoad((signal) => get('/subscriptions/limits', { signal }), []);
  const paying = useSignal<Payment | undefined>(undefined);
  const receipts = useLoad((signal) => get('/payments', { query: { limit: 20 }, signal }), [], ['notification.created']);
  const starting = useAction(async (planType: Schemas['PlanType'], currency: Schemas['Currency']) => {
    paying.value = await post('/bakong-payment/initiate', { body: { userId: me.value!.id, planType, currency }, key: newKey() });
  });
  const reload = (): void => { own.reload(); limits.reload(); receipts.reload(); offers.reload(); };
  if (paying.value) return <Pay first={paying.value} onAgain={(one) => void starting.run(one.planType, one.currency)} onClose={() => { paying.value = undefined; reload(); }} />;
  return (
    <div class="stack own">
      <h1>{o.plan.title}</h1>
      <Shown of={own} lines={3}>{(mine) => <Mine of={mine} limits={limits.value} onChange={reload} />}</Shown>
      {starting.problem && <Refusal problem={starting.problem} />}
      <section class="card stack" aria-labelledby="offers">
        <h2 id="offers">{o.plan.offers}</h2>
        <Shown of={plans} lines={4}>
          {(all) => (
            <ul class="list">
              {all.plans.map((plan) => {
                const offer = offers.value?.configured ? offers.value.offers.find((one) => one.planType === plan.planType) : undefined;
                return (
                  <li key={plan.planType} class="stack tight">
                    <p><b>{word(t.planType, plan.planType)}</b>{plan.prices.length > 0 && ` · ${plan.prices.map(price).join(' / ')} ${d(o.plan.days(all.cycleDays))}`}</p>
                    <p class="muted">{d(o.plan.includes(plan.includes.members, plan.includes.familyConnections))}</p>
                    {offer && <div class="row">{offer.prices.map((one) => <button key={one.currency} type="button" class="primary" disabled={starting.isBusy} onClick={() => void starting.run(plan.planType, one.currency)}>{o.plan.pay(price(one))}<span class="hidden-text"> {word(t.planType, plan.planType)}</span></button>)}</div>}
                  </li>
                );
              })}
            </ul>
          )}
        </Shown>
        {offers.value && !offers.value.configured && <Notice tone="info">{o.plan.notHere}</Notice>}
        {offers.problem && <Refusal problem={offers.problem} retry={offers.reload} />}
      </section>
      <section class="card stack tight" aria-labelledby="receipts">
        <h2 id="receipts">{o.plan.receipts}</h2>
        <Shown of={receipts} lines={2}>
          {({ items }) => items.length === 0 ? <p class="muted">{o.plan.noReceipts}</p> : (
            <ul class="list">{items.map((one) => <li key={one.id} class="row between"><span>{price(one)} · {word(t.planType, one.planType)}<br /><span class="muted small">{d(date(one.paidAt ?? one.createdAt))} · <span lang="en">{one.billNumber}</span></span></span><Badge tone={one.status === 'PAID' ? 'success' : undefined}>{o.plan.state[one.status]}</Badge></li>)}</ul>
          )}
        </Shown>
      </section>
    </div>
  );
}

function Mine({ of, limits, onChange }: { of: Schemas['Subscription']; limits?: Schemas['PlanLimits']; onChange: () => void }) {
  const asking = useSignal(false);
  const cancelling = useAction(async () => { await post('/subscriptions/cancel', { key: newKey() }); asking.value = false; onChange(); });
  const use = ({ used, max }: Schemas['PlanUse']): string => d(`${used} / ${max ?? o.plan.noLimit}`);
  return (
    <section class="card stack tight" aria-labelledby="mine">
      <h2 id="mine">{o.plan.now}: {of.planType === 'FREEMIUM' ? o.plan.free : word(t.planType, of.planType)} {of.until && <span class="nowrap">{o.plan.until(d(date(of.until)))}</span>}</h2>
      {of.state === 'GRACE' && <Notice tone="warning">{o.plan.grace}</Notice>}
      {limits && <dl class="facts"><dt>{o.plan.family}</dt><dd>{use(limits.familyConnections)}</dd><dt>{o.plan.own}</dt><dd>{use(limits.ownPrescriptions)}</dd></dl>}
      {of.state === 'PAID' && of.renewsAs !== 'FREEMIUM' && <div><button type="button" onClick={() => { asking.value = true; }}>{o.plan.cancelPlan}</button></div>}
      {asking.value && (
        <Dialog title={o.plan.cancelPlan} onClose={() => { asking.value = false; }}>
          <p>{o.plan.cancelSure}</p>
          {cancelling.problem && <Refusal problem={cancelling.problem} />}
          <div class="row"><button type="button" class="danger" disabled={cancelling.isBusy} onClick={() => void cancelling.run()}>{o.plan.cancelPlan}</button><button type="button" onClick={() => { asking.value = false; }}>{t.cancel}</button></div>
        </Dialog>
      )}
    </section>
  );
}

/** The code of a payment while it can be paid; it follows the bank by itself. */
function Pay({ first, onAgain, onClose }: { first: Payment; onAgain: (payment: Payment) => void; onClose: () => void }) {
  const path = { transactionId: first.transactionId };
  const now = useSignal(Date.now());
  const told = useSignal<string | undefined>(undefined);
  const asked = useLoad((signal) => get('/bakong-payment/{transactionId}', { path, signal }), [first.transactionId], ['notification.created']);
  const payment = asked.value ?? first;
  const left = Math.max(0, new Date(payment.expiresAt).getTime() - now.value);
  const waits = payment.status === 'PENDING';
  useEffect(() => {
    if (!waits) return undefined;
    const ticking = setInterval(() => { now.value = Date.now(); }, 1_000);
    const asking = setInterval(() => { if (!document.hidden) asked.reload(); }, 4_000);
    return () => { clearInterval(ticking); clearInterval(asking); };
  }, [waits, first.transactionId]);
  const checking = useAction(async () => {
    const { answered, payment: found } = await post('/bakong-payment/{transactionId}/check', { path });
    told.value = found.status !== 'PENDING' ? undefined : answered ? o.plan.notYet : o.plan.bankSilent;
    asked.reload();
  });
  const cancelling = useAction(async () => { await post('/bakong-payment/{transactionId}/cancel', { path }); asked.reload(); });
  const picture = payment.qrCode && `data:image/png;base64,${payment.qrCode}`;
  const isOver = payment.status === 'EXPIRED' || (waits && left === 0);
  return (
    <div class="stack own">
      <h1>{o.plan.pay(price(payment))}</h1>
      <section class="card stack" aria-label={o.plan.amount}>
        <dl class="facts"><dt>{o.plan.offers}</dt><dd>{word(t.planType, payment.planType)}</dd><dt>{o.plan.amount}</dt><dd><b class="value">{price(payment)}</b></dd><dt>{o.plan.bill}</dt><dd lang="en">{payment.billNumber}</dd></dl>
        {waits && !isOver && (
          <>
            <p>{o.plan.scan}</p>
            {picture && <img class="qr" src={picture} alt={`KHQR ${price(payment)}`} width="280" height="280" />}
            <p class="number"><b role="timer">{d(o.plan.left(Math.floor(left / 60_000), String(Math.floor(left / 1_000) % 60).padStart(2, '0')))}</b></p>
            <p class="muted" role="status">{o.plan.waiting}</p>
            <p>{o.plan.same}</p>
            {picture && <a class="button big" href={picture} download={`khqr-${payment.billNumber}.png`}>{o.plan.save}</a>}
          </>
        )}
        {payment.status === 'PAID' && <Notice tone="success" live><b>✓ {o.plan.paid}</b></Notice>}
        {isOver && <Notice tone="warning" live>{o.plan.expired}</Notice>}
        {payment.status === 'CANCELLED' && <Notice tone="info" live>{o.plan.cancelled}</Notice>}
        {payment.status === 'FAILED' && <Notice tone="danger" live>{o.plan.failed}</Notice>}
        {told.value && waits && <Notice tone="info" live>{told.value}</Notice>}
        {[checking.problem, cancelling.problem, asked.problem].map((problem, place) => problem && <Refusal key={place} problem={problem} />)}
        {waits && <button type="button" class="primary big" disabled={checking.isBusy} onClick={() => void checking.run()}>{o.plan.check}</button>}
        {(isOver || payment.status === 'CANCELLED' || payment.status === 'FAILED') && <button type="button" class="primary big" onClick={() => onAgain(payment)}>{o.plan.again}</button>}
        {waits && !isOver && <button type="button" disabled={cancelling.isBusy} onClick={() => void cancelling.run()}>{o.plan.cancel}</button>}
        <button type="button" onClick={onClose}>{t.close}</button>
      </section>
    </div>
  );
}
