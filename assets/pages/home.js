"use strict";
// Says whether the server can save changes.
fetch("/readyz")
  .then((answer) => answer.ok)
  .catch(() => false)
  .then((ready) => {
    document.getElementById("state-km").textContent = ready
      ? "ម៉ាស៊ីនមេ៖ ដំណើរការ"
      : "ម៉ាស៊ីនមេ៖ មិនអាចរក្សាទុកទិន្នន័យបាននៅពេលនេះ";
    document.getElementById("state-en").textContent = ready ? "Server: ready" : "Server: cannot save changes now";
  });
