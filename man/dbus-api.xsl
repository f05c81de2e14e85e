<?xml version="1.0"?>
<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->
<!--
    Turns a frame into DocBook: where <refsect1 role="INTERFACE"/> stands, the interface of dbus/INTERFACE.xml is
    put, with the comment before each member as its text. So the page says what the XML says, and nothing else.
-->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
    <xsl:param name="dbus"/>
    <xsl:output method="xml" encoding="UTF-8" doctype-public="-//OASIS//DTD DocBook XML V4.5//EN"
        doctype-system="http://www.oasis-open.org/docbook/xml/4.5/docbookx.dtd"/>

    <xsl:template match="@*|node()">
        <xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy>
    </xsl:template>

    <xsl:template match="refsect1[@role]">
        <xsl:apply-templates select="document(concat($dbus, '/', @role, '.xml'))/node/interface"/>
    </xsl:template>

    <xsl:template match="interface">
        <refsect1>
            <title><xsl:value-of select="@name"/></title>
            <xsl:call-template name="text">
                <xsl:with-param name="comment" select="preceding-sibling::comment()[1]"/>
            </xsl:call-template>
            <refsect2><title>Methods</title><xsl:apply-templates select="method"/></refsect2>
            <refsect2><title>Signals</title><xsl:apply-templates select="signal"/></refsect2>
            <refsect2><title>Properties</title><xsl:apply-templates select="property"/></refsect2>
        </refsect1>
    </xsl:template>

    <xsl:template match="method|signal|property">
        <refsect3>
            <title>
                <xsl:value-of select="@name"/>
                <xsl:if test="self::property"><xsl:value-of select="concat(' ', @type)"/></xsl:if>
                <xsl:if test="not(self::property)">
                    <xsl:text>(</xsl:text>
                    <xsl:call-template name="arguments">
                        <xsl:with-param name="arguments" select="arg[not(@direction = 'out')]"/>
                    </xsl:call-template>
                    <xsl:text>)</xsl:text>
                </xsl:if>
                <xsl:if test="arg[@direction = 'out']">
                    <xsl:text> → </xsl:text>
                    <xsl:call-template name="arguments">
                        <xsl:with-param name="arguments" select="arg[@direction = 'out']"/>
                    </xsl:call-template>
                </xsl:if>
            </title>
            <xsl:call-template name="text">
                <xsl:with-param name="comment" select="preceding-sibling::node()[not(self::text())][1][self::comment()]"/>
            </xsl:call-template>
        </refsect3>
    </xsl:template>

    <xsl:template name="arguments">
        <xsl:param name="arguments"/>
        <xsl:for-each select="$arguments">
            <xsl:if test="position() > 1">, </xsl:if>
            <xsl:value-of select="concat(@type, ' ', @name)"/>
        </xsl:for-each>
    </xsl:template>

    <!-- A comment as it stands, with the blanks taken away by which it is indented. -->
    <xsl:template name="text">
        <xsl:param name="comment"/>
        <literallayout>
            <xsl:call-template name="lines">
                <xsl:with-param name="rest" select="concat($comment, '&#10;')"/>
                <xsl:with-param name="begun" select="false()"/>
            </xsl:call-template>
        </literallayout>
    </xsl:template>

    <xsl:template name="lines">
        <xsl:param name="rest"/>
        <xsl:param name="begun"/>
        <xsl:variable name="line" select="substring-before($rest, '&#10;')"/>
        <xsl:variable name="following" select="substring-after($rest, '&#10;')"/>
        <xsl:variable name="empty" select="normalize-space($line) = ''"/>
        <xsl:if test="$begun and normalize-space(concat($line, $following)) != ''"><xsl:text>&#10;</xsl:text></xsl:if>
        <xsl:if test="not($empty)">
            <xsl:choose>
                <xsl:when test="substring($line, 1, 8) = '        '"><xsl:value-of select="substring($line, 9)"/></xsl:when>
                <xsl:when test="substring($line, 1, 6) = '      '"><xsl:value-of select="substring($line, 7)"/></xsl:when>
                <xsl:otherwise><xsl:value-of select="normalize-space($line)"/></xsl:otherwise>
            </xsl:choose>
        </xsl:if>
        <xsl:if test="$following != ''">
            <xsl:call-template name="lines">
                <xsl:with-param name="rest" select="$following"/>
                <xsl:with-param name="begun" select="$begun or not($empty)"/>
            </xsl:call-template>
        </xsl:if>
    </xsl:template>
</xsl:stylesheet>
