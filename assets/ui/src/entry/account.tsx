// One's own account on a phone: loaded when it is opened, because few open it and every byte of the first page is waited for.
// It brings its own copies of what it stands on; whoever opens it says who is signed in and what happens when that ends.
import { render } from 'preact';
import { onSignedOut, type Schemas } from '../core/api';
import { me } from '../core/session';
import { t } from '../i18n';
import { Account } from '../screens/account';
import { SecondFactor } from '../screens/SecondFactor';

export type Part = 'account' | 'second-factor';

/** Shows a part of the account within `box`; gives back what takes it away. */
export function mount(box: HTMLElement, part: Part, person: Schemas['Profile'], signedOut: () => void): () => void {
  onSignedOut(signedOut);
  me.value = person;
  render(part === 'account' ? <Account /> : <div class="stack own"><h1>{t.factor.title}</h1><SecondFactor /></div>, box);
  return () => render(null, box);
}
