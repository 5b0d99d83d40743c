"""HTTP only: addresses, views, serializers, authentication, paging, problems."""
