import { get, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { Shown } from '../../kit';
import { t, word } from '../../i18n';
import { number } from '../../i18n/format';

/** What each plan includes and costs in this clinic; what a doctor prescribes is never limited. */
export function Plans() {
  const plans = useLoad((signal) => get('/subscriptions/plans', { signal }), []);
  return (
    <div class="stack">
      <h1>{t.plans.title}</h1>
      <Shown of={plans}>
        {(value) => (
          <>
            <p class="muted">{t.plans.cycle(value.cycleDays, value.graceDays)}</p>
            <table class="cards">
              <caption class="hidden-text">{t.plans.title}</caption>
              <thead><tr><th>{t.plans.plan}</th><th>{t.plans.price}</th><th>{t.plans.members}</th><th>{t.plans.family}</th><th>{t.plans.own}</th><th>{t.plans.storage}</th></tr></thead>
              <tbody>
                {value.plans.map((plan) => (
                  <tr key={plan.planType}>
                    <th scope="row">{word(t.planType, plan.planType)}</th>
                    <td class="number" data-label={t.plans.price}>{plan.prices.length === 0 ? t.plans.free : plan.prices.map(priceText).join(' / ')}</td>
                    <td class="number" data-label={t.plans.members}>{number(plan.includes.members, 0)}</td>
                    <td class="number" data-label={t.plans.family}>{number(plan.includes.familyConnections, 0)}</td>
                    <td class="number" data-label={t.plans.own}>{limit(plan.includes.ownPrescriptions)} / {limit(plan.includes.ownMedicines)}</td>
                    <td class="number" data-label={t.plans.storage}>{number(plan.includes.storageBytes / 1024 / 1024 / 1024, 1)} GiB</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
      </Shown>
    </div>
  );
}

/** Riel has no decimals, dollars have two. */
function priceText({ amount, currency }: Schemas['Price']): string {
  return currency === 'KHR' ? `${number(Number(amount), 0)} ៛` : `$${amount}`;
}

function limit(most: number | null | undefined): string {
  return most === null || most === undefined ? t.plans.unlimited : number(most, 0);
}
