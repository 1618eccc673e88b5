"""Holds Kubernetes resources to the schemas of the API, strictly: a member that is not known is a fault.

Reads `{"version": "1.37", "resources": [...]}` and writes a list of faults, one text each.
"""

import json
import sys

import kubernetes_validate

asked = json.load(sys.stdin)
faults = []
for resource in asked["resources"]:
    name = f"{resource['kind']}/{resource['metadata']['name']}"
    try:
        kubernetes_validate.validate(resource, asked["version"], strict=True)
    except kubernetes_validate.ValidationError as fault:
        where = "/".join(str(step) for step in fault.absolute_path)
        faults.append(f"{name}: /{where}: {fault.message}")
    except kubernetes_validate.SchemaNotFoundError:
        faults.append(f"{name}: there is no {resource['apiVersion']}")
json.dump(faults, sys.stdout)
