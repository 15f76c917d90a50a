"""The Streamlit page."""

import streamlit as st

from kitchen.ratings import average


def main() -> None:  # pragma: no cover
    """Show the page."""
    st.title("Mangetamain")
    stars = st.multiselect("Ratings", [1, 2, 3, 4, 5])
    st.metric("Average", average(stars))


if __name__ == "__main__":  # pragma: no cover
    main()
