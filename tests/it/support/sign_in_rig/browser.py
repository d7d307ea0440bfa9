"""A person with a browser: follows redirects, keeps cookies, and sends the forms it meets until none is left.

usage: python browser.py URL [--deny] [--stop]
Prints the last address. With --stop it does not open an address that ends in /callback, but prints it, as a browser
on another machine would show it.
"""
import html.parser
import http.cookiejar
import sys
import urllib.error
import urllib.parse
import urllib.request
from functools import partial


class Arrived(Exception):
    """The address at which the browser stops."""


class Page(html.parser.HTMLParser):
    def __init__(self, url, text):
        super().__init__()
        self.url, self.forms, self.links = url, [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "form":
            self.forms.append({"action": a.get("action") or self.url, "method": a.get("method", "get"), "fields": {}})
        elif tag == "input" and self.forms and a.get("name"):
            self.forms[-1]["fields"][a["name"]] = a.get("value", "")
        elif tag == "a" and a.get("href"):
            self.links.append((a["href"], a.get("class", "")))


class Browser:
    def __init__(self, stop):
        self.stop = stop
        outer = self

        class Redirects(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, req, fp, code, msg, headers, newurl):
                outer.check(newurl)
                return super().redirect_request(req, fp, code, msg, headers, newurl)

        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies, Redirects, urllib.request.ProxyHandler({}))

    def check(self, url):
        if self.stop and urllib.parse.urlsplit(url).path == "/callback":
            raise Arrived(url)

    def open(self, url, form=None):
        self.check(url)
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            answer = self.opener.open(urllib.request.Request(url, data, {"Accept": "text/html"}), timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        return Page(answer.geturl(), answer.read().decode("utf-8", "replace"))

    def walk(self, url, deny):
        page = self.open(url)
        for _ in range(12):
            join = partial(urllib.parse.urljoin, page.url)
            if page.forms:
                form = page.forms[0]
                fields = dict(form["fields"])
                for name, value in (("login", "alice"), ("username", "alice"), ("password", "x")):
                    if name in fields and not fields[name]:
                        fields[name] = value
                if deny and fields.get("prompt"):
                    page = self.open(next(join(link) for link, _ in page.links if link.endswith("/abort")))
                elif form["method"].lower() == "post":
                    page = self.open(join(form["action"]), fields)
                else:
                    page = self.open(join(form["action"]) + "?" + urllib.parse.urlencode(fields))
                continue
            # Synapse's "Continue to your account".
            button = next((link for link, looks in page.links if "primary-button" in looks), None)
            if not button:
                break
            page = self.open(join(button))
        return page.url


try:
    print(Browser("--stop" in sys.argv).walk(sys.argv[1], "--deny" in sys.argv))
except Arrived as arrived:
    print(arrived)
