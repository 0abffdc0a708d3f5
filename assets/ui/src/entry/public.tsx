// Pages for whoever is not signed in.
import { render } from 'preact';
import { here, startRouter } from '../core/router';
import { SignIn } from '../screens/public/SignIn';
import { Register } from '../screens/public/Register';
import { ForgotPassword } from '../screens/public/ForgotPassword';

function Pages() {
  if (here.value.startsWith('/register')) return <Register />;
  return here.value.startsWith('/forgot-password') ? <ForgotPassword /> : <SignIn />;
}

startRouter('/forgot-password');
render(<Pages />, document.getElementById('app')!);
