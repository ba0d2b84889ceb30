{% set module = name | snake_case -%}
to: "src/mailers/templates/{{ module }}.html"
skip_exists: true
---
{% raw %}{% extends "layout.html" %}
{% block words %}{% endraw %}<p>{{ module | replace(from="_", to=" ") }}.</p>{% raw %}{% endblock words %}{% endraw %}
