{% set module = name | snake_case -%}
to: "src/mailers/templates/{{ module }}.txt"
skip_exists: true
---
{% raw %}Hello {{ name }},{% endraw %}

{{ module | replace(from="_", to=" ") }}.

--
{% raw %}{{ service }}, {{ host }}{% endraw %}
