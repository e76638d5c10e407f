#!/usr/bin/env bash
# Install what the tests need from the operating system, or say what is missing.
set -euo pipefail

missing=()
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || command -v rabbitmq-server >/dev/null || missing+=(rabbitmq-server)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
    missing+=(chromium)
[ ${#missing[@]} = 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}" fonts-dejavu-core; } >"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -20 "$log" >&2
fi
cat >&2 <<END
The tests need ${missing[*]}: RabbitMQ to start nodes of their own, Chromium to click through the pages. No running
service is needed. Install them:
  Debian            sudo apt-get install --no-install-recommends rabbitmq-server chromium
  Fedora            sudo dnf install rabbitmq-server chromium
  macOS             brew install rabbitmq chromium
END
exit 1
