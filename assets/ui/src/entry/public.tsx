// Pages for whoever is not signed in.
import { render } from 'preact';
import { here, startRouter } from '../core/router';
import { SignIn } from '../screens/public/SignIn';
import { ForgotPassword } from '../screens/public/ForgotPassword';

function Pages() {
  return here.value.startsWith('/forgot-password') ? <ForgotPassword /> : <SignIn />;
}

startRouter('/forgot-password');
render(<Pages />, document.getElementById('app')!);
