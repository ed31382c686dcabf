#!/bin/sh
# Install what tests and screenshots need from the system, when missing and allowed; else say so in one line.
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v msgfmt >/dev/null 2>&1 || missing="$missing gettext"
fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fonts-noto-cjk"
# The distributed engine (tests/spark) runs on Java; another one counts when JAVA_HOME names it.
[ -n "$JAVA_HOME" ] || command -v java >/dev/null 2>&1 || missing="$missing default-jre-headless"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends fontconfig $missing && exit 0
fi
echo "Hint: tests need these system packages (apt-get install, or Java by JAVA_HOME):$missing"
